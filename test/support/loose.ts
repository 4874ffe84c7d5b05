/** What tests read of answers and stored documents, whose shape is what they check. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Loose = any;
