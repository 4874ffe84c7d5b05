import { expect, test } from 'vitest';
import { toPlatformKey } from '../../../src/domain/platform-key.ts';
import { findPlatform } from '../../../src/graphql/mutations/token-target.ts';

test('a platform that is not registered is a fault of the gateway, named', () => {
  const create = () => findPlatform({ platforms: [] }, toPlatformKey('EXAMPLE'));
  expect(create).toThrow(new TypeError('No platform EXAMPLE is registered.'));
});
