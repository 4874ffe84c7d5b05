import { policyShapeOf } from '../../applivery/platform/policy-reader.ts';
import { appleSlice, createApplePlatform } from './adapter.ts';
import { applePolicyType } from './policy-types.ts';
import { appleKey } from './token.ts';
import { appleTokenType, defineTypes } from './types.ts';

/** Apple as a platform of the gateway. */
export const apple = {
  key: appleKey,
  tokenType: appleTokenType,
  policyType: applePolicyType,
  createPlatform: createApplePlatform,
  policyShape: policyShapeOf(appleSlice),
  defineTypes,
  /** Imported on demand, so that an image without the sandbox can leave the file out. */
  loadSandbox: async () => (await import('./sandbox.ts')).appleSandbox,
};
