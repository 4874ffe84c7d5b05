import { env } from 'node:process';

/** Whether a test that needs an optional tool is skipped. In CI it is never skipped: it fails if the tool is missing. */
export const isSkipped = (isInstalled: boolean): boolean => !isInstalled && env['CI'] === undefined;
