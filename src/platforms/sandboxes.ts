import type { PlatformSandbox } from '../sandbox/platform.ts';
import { appleSandbox } from './apple/sandbox.ts';
import { windowsSandbox } from './windows/sandbox.ts';

/** What the sandbox stands in for: one line per platform. */
export const platformSandboxes: readonly PlatformSandbox[] = [appleSandbox, windowsSandbox];
