/** What tests read of answers and stored documents, whose shape is what they check. */
export type Loose = any;
