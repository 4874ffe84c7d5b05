import { objectOf } from '../../applivery/fields/object.ts';
import { shapeOf } from '../../applivery/fields/shape.ts';
import { createWindowsPlatform } from './adapter.ts';
import { windowsPolicyType } from './policy-types.ts';
import { defineTypes, windowsTokenType } from './types.ts';
import { windowsKey, windowsPolicyFields } from './wire.ts';

/** Windows as a platform of the gateway. */
export const windows = {
  key: windowsKey,
  description: 'Windows devices.',
  tokenType: windowsTokenType,
  policyType: windowsPolicyType,
  createPlatform: createWindowsPlatform,
  policyShape: shapeOf(objectOf(windowsPolicyFields)),
  defineTypes,
  /** Imported on demand, so that an image without the sandbox can leave the file out. */
  loadSandbox: async () => (await import('./sandbox.ts')).windowsSandbox,
};
