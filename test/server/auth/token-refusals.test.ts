import { errors } from 'jose';
import { expect, it } from 'vitest';
import { toRefusedToken } from '../../../src/server/auth/token-refusals.ts';

const planted = 'planted';

/** Thrown only while keys are downloaded: a fault of the issuer, not of the token. */
const ofDownloads: readonly string[] = [errors.JWKSTimeout.code, errors.JOSEError.code];

const kinds = Object.values(errors).filter(({ code }) => !ofDownloads.includes(code));

it.each(kinds)('$code of jose has a reason of the gateway, without the message of jose', (Kind) => {
  const isClaim = Kind === errors.JWTClaimValidationFailed;
  const refusal = toRefusedToken(
    isClaim ? new Kind(planted, { sub: planted }, 'aud', 'missing') : new Kind(planted, {}),
  );
  expect(refusal?.reason).not.toBe('not accepted');
  expect(`${refusal?.reason} ${refusal?.message}`).not.toContain(planted);
});

it('an unknown claim is refused, and not named', () => {
  const refusal = toRefusedToken(
    new errors.JWTClaimValidationFailed(planted, {}, planted, planted),
  );
  expect(refusal?.reason).toBe('a claim is not accepted');
});

it.each([
  new TypeError('too weak'),
  new DOMException('Invalid keyData', 'DataError'),
  new DOMException('not supported', 'NotSupportedError'),
])('a key that cannot be used is refused: %s', (error) => {
  expect(toRefusedToken(error)?.reason).toBe(
    `signature: the key of the issuer cannot be used (${error.name}: ${error.message})`,
  );
});

it.each([
  new Error('odd'),
  new RangeError('odd'),
  'odd',
  null,
])('what is no refusal is a fault of the gateway: %s', (error) => {
  expect(toRefusedToken(error)).toBeNull();
});
