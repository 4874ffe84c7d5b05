import { env } from 'node:process';

/** Whether tests of what is not installed here are skipped: in CI they are not, and fail. */
export const isLeftOut = (isInstalled: boolean): boolean => !isInstalled && env['CI'] === undefined;
