import type { Linter } from 'eslint';

/** The lint rule for imports between the folders of src/. */
export const importDirections: Linter.Config;
