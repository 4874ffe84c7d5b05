import { objectOf } from '../../applivery/fields/object.ts';
import { shapeOf } from '../../applivery/fields/shape.ts';
import { createApplePlatform } from './adapter.ts';
import { applePolicyType } from './policy-types.ts';
import { appleTokenType, defineTypes } from './types.ts';
import { appleKey, applePolicyFields } from './wire.ts';

/** Apple as a platform of the gateway. */
export const apple = {
  key: appleKey,
  description: 'Apple devices.',
  tokenType: appleTokenType,
  policyType: applePolicyType,
  createPlatform: createApplePlatform,
  policyShape: shapeOf(objectOf(applePolicyFields)),
  defineTypes,
  /** Imported on demand, so that an image without the sandbox can leave the file out. */
  loadSandbox: async () => (await import('./sandbox.ts')).appleSandbox,
};
