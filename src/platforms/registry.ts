import { apple } from './apple/index.ts';
import { windows } from './windows/index.ts';

/** The platforms of the gateway. A new platform is a folder beside this file and an entry here. */
export const platforms = [apple, windows] as const;

/** Imports every platform's part of the sandbox. */
export const loadSandboxes = () => Promise.all(platforms.map(({ loadSandbox }) => loadSandbox()));
