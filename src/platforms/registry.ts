import { apple } from './apple/index.ts';
import { windows } from './windows/index.ts';

/** The platforms that the gateway unites: one line each. */
export const platforms = [apple, windows] as const;

/** Their parts of the sandbox. */
export const loadSandboxes = () => Promise.all(platforms.map(({ loadSandbox }) => loadSandbox()));
