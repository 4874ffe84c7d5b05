import { createWindowsPlatform } from './adapter.ts';
import { windowsPolicyShape } from './policy-adapter.ts';
import { windowsPolicyType } from './policy-types.ts';
import { windowsKey } from './token.ts';
import { defineTypes, windowsTokenType } from './types.ts';

/** Everything that the gateway knows of Windows devices. */
export const windows = {
  key: windowsKey,
  tokenType: windowsTokenType,
  policyType: windowsPolicyType,
  createPlatform: createWindowsPlatform,
  policyShape: windowsPolicyShape,
  defineTypes,
  /** Loaded only where the sandbox runs: a production image may leave it out. */
  loadSandbox: async () => (await import('./sandbox.ts')).windowsSandbox,
};
