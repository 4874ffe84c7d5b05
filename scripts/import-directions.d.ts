import type { Linter } from 'eslint';

/** The linter's rule of who may import whom below src/. */
export const importDirections: Linter.Config;
