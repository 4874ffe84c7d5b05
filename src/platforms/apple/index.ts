import { createApplePlatform } from './adapter.ts';
import { applePolicyShape } from './policy-adapter.ts';
import { applePolicyType } from './policy-types.ts';
import { appleKey } from './token.ts';
import { appleTokenType, defineTypes } from './types.ts';

/** Everything that the gateway knows of Apple devices. */
export const apple = {
  key: appleKey,
  tokenType: appleTokenType,
  policyType: applePolicyType,
  createPlatform: createApplePlatform,
  policyShape: applePolicyShape,
  defineTypes,
  /** Loaded only where the sandbox runs: a production image may leave it out. */
  loadSandbox: async () => (await import('./sandbox.ts')).appleSandbox,
};
