import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputRejectedError } from '../../../src/domain/errors.ts';
import { isEntityId } from '../../../src/domain/organization.ts';
import { toPlatformKey } from '../../../src/domain/platform-key.ts';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { createEntities } from '../../../src/graphql/types/entity.ts';
import { platforms } from '../../../src/platforms/registry.ts';

const entities = createEntities(platforms);
const path = ['filter', 'policyId'];

const digits = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefABCDEF'),
  minLength: 24,
  maxLength: 24,
});
const platform = fc.constantFrom(...platforms);
const kind = fc.constantFrom('token', 'policy', 'user');

const typeOf = (
  of: 'token' | 'policy' | 'user',
  { tokenType, policyType }: (typeof platforms)[number],
) => ({ token: tokenType, policy: policyType, user: 'MdmUser' })[of];

const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof InputRejectedError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('an id of the REST API', () => {
  it('is the same reference as the id of this gateway, in either case of its digits', () => {
    fc.assert(
      fc.property(digits, digits, platform, kind, (id, organization, of, wanted) => {
        const platform = wanted === 'user' ? null : toPlatformKey(of.key);
        const global = encodeTypeAndKey(typeOf(wanted, of), `${organization}:${id}`);
        const parts = [id, id.toUpperCase(), id.toLowerCase(), global].map((text) => {
          const read = entities.decodeInPlace(wanted, text, path, platform);
          return [read.platform, read.sourceId];
        });
        const expected = [platform, id.toLowerCase()];
        expect(parts).toEqual(parts.map(() => expected));
      }),
    );
  });

  it('is never taken for one of this gateway, nor the other way round', () => {
    fc.assert(
      fc.property(digits, digits, platform, kind, (id, organization, of, wanted) => {
        const global = encodeTypeAndKey(typeOf(wanted, of), `${organization}:${id}`);
        expect(isEntityId(global)).toBe(false);
        expect(messageOf(() => entities.decode(id, path))).toMatch(/is an id of the REST API/);
      }),
    );
    // The shortest type name that could be served.
    const shortest = encodeTypeAndKey('T', `${'0'.repeat(24)}:${'0'.repeat(24)}`);
    expect(shortest).toHaveLength(68);
  });

  it('is exactly 24 hexadecimal digits', () => {
    const id = '5f1b2c3d4e5f6a7b8c9d0e1f';
    const of = toPlatformKey(platforms[0].key);
    for (const odd of [
      ` ${id}`,
      `${id} `,
      `${id}\n`,
      id.slice(1),
      `${id}0`,
      `0x${id}`,
      `g${id.slice(1)}`,
      '٠'.repeat(24),
    ]) {
      expect(messageOf(() => entities.decodeInPlace('token', odd, path, of))).toBe(
        'filter.policyId is not an id of this gateway: use an id that it returned, or an id of the REST API, which is exactly 24 hexadecimal digits.',
      );
    }
  });

  it.each([
    ['token', 'Give the id that enrollmentToken(id:, platform:) returns.'],
    ['policy', 'Give the id that mdmPolicies returns.'],
    ['user', 'Give the id that mdmUsers or mdmUser returns.'],
  ] as const)('of a %s is refused where nothing tells the rest, with what to give instead', (wanted, advice) => {
    expect(messageOf(() => entities.decodeKind(wanted, '5f1b2c3d4e5f6a7b8c9d0e1f', path))).toBe(
      `filter.policyId is an id of the REST API, which is not accepted here. ${advice}`,
    );
  });
});
