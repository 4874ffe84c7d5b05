import { expect, test } from 'vitest';
import { platformOf } from '../../src/graphql/create-call.ts';
import { toPlatformKey } from '../../src/tokens/platform.ts';

test('a platform that is not registered is a fault of the gateway, named', () => {
  const create = () => platformOf({ platforms: [] }, toPlatformKey('EXAMPLE'));
  expect(create).toThrow(new TypeError('No platform EXAMPLE is registered.'));
});
