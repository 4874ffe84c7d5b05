/** The options of every type's `createdAt`. */
export const createdAtOptions = {
  type: 'DateTime',
  nullable: true,
  description: 'The time of creation.',
} as const;

/** The options of every type's `updatedAt`. */
export const updatedAtOptions = {
  type: 'DateTime',
  nullable: true,
  description: 'The time of the last change.',
} as const;
