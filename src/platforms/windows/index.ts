import { policyShapeOf } from '../../applivery/platform/policy-reader.ts';
import { createWindowsPlatform, windowsSlice } from './adapter.ts';
import { windowsPolicyType } from './policy-types.ts';
import { windowsKey } from './token.ts';
import { defineTypes, windowsTokenType } from './types.ts';

/** Windows as a platform of the gateway. */
export const windows = {
  key: windowsKey,
  tokenType: windowsTokenType,
  policyType: windowsPolicyType,
  createPlatform: createWindowsPlatform,
  policyShape: policyShapeOf(windowsSlice),
  defineTypes,
  /** Imported on demand, so that an image without the sandbox can leave the file out. */
  loadSandbox: async () => (await import('./sandbox.ts')).windowsSandbox,
};
