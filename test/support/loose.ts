/** A value in an answer or a stored document. It has no type, because its shape is what tests check. */
export type Loose = any;
