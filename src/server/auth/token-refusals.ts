import { errors } from 'jose';
import { UnauthenticatedError } from '../../domain/errors.ts';

/** A token that is not accepted. The message is for the caller and names the check that failed. */
export class RefusedTokenError extends UnauthenticatedError {
  /** For the log: more precise than the message, and without any part of the token. */
  readonly reason: string;

  constructor({ reason, message }: TokenRefusal) {
    super(message);
    this.reason = reason;
  }
}

interface TokenRefusal {
  readonly reason: string;
  readonly message: string;
}

/** Refusals for what jose does not check, or not again: the length of the token, its subject and its expiry. */
export const refusals = {
  tooLong: {
    reason: 'the token is too long',
    message: 'The token is too long: at most 16,384 characters are accepted. Get a shorter one.',
  },
  subject: {
    reason: 'sub: not a text of 1 to 2048 characters',
    message:
      'The token names no caller: its sub must be a text of 1 to 2048 characters. Get a token for a user or a client.',
  },
  endless: {
    reason: 'exp: not finite',
    message: 'The token never expires: its exp must be a time. Get a new token.',
  },
  expired: {
    reason: 'exp: expired',
    message: 'The token has expired (exp): get a new one.',
  },
} as const satisfies Readonly<Record<string, TokenRefusal>>;

const malformed = (reason: string): TokenRefusal => ({
  reason,
  message: 'The token is not a signed JWT that can be read. Send it as the issuer gave it out.',
});

const unsigned = (reason: string): TokenRefusal => ({
  reason,
  message:
    "The token's signature is not accepted: it must be made with a current key of the issuer that this gateway trusts. Get a new token.",
});

const ofKey = (reason: string): TokenRefusal => ({
  reason,
  message:
    "The token's signature cannot be checked: the issuer's key for it is too weak or damaged. Tell the operators of the issuer.",
});

/** By the code of jose's error. Encrypted tokens (JWE) are not supported and count as malformed. */
const byCode: ReadonlyMap<string, TokenRefusal> = new Map([
  ['ERR_JWT_EXPIRED', refusals.expired],
  ['ERR_JWT_INVALID', malformed('the claims are not a JSON object')],
  ['ERR_JWS_INVALID', malformed('malformed')],
  ['ERR_JWE_INVALID', malformed('malformed')],
  ['ERR_JWE_DECRYPTION_FAILED', malformed('encrypted')],
  ['ERR_JOSE_NOT_SUPPORTED', malformed('the header asks for an extension that is not supported')],
  ['ERR_JOSE_ALG_NOT_ALLOWED', unsigned('signature: the algorithm is not allowed')],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', unsigned('signature: it does not match')],
  ['ERR_JWKS_NO_MATCHING_KEY', unsigned('signature: the issuer has no such key')],
  [
    'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
    unsigned('signature: the token does not say which key of the issuer signed it'),
  ],
  ['ERR_JWK_INVALID', ofKey('signature: the key of the issuer is damaged')],
  ['ERR_JWKS_INVALID', ofKey('signature: the key of the issuer is not a public key')],
]);

const byClaim: ReadonlyMap<string, string> = new Map([
  ['iss', 'The token is of another issuer: its iss is not the one that this gateway trusts.'],
  ['aud', 'The token is for another audience: its aud does not name this gateway.'],
  ['exp', 'The token has no time at which it expires: its exp must be a number.'],
  ['nbf', 'The token is not valid yet: its nbf must be a time that has passed.'],
  ['sub', refusals.subject.message],
  ['iat', 'The token has no proper time of issue: its iat must be a number.'],
]);

const how: ReadonlyMap<string, string> = new Map([
  ['missing', 'missing'],
  ['invalid', 'of the wrong type'],
  ['check_failed', 'not the expected one'],
]);

const ofClaim = ({ claim, reason }: errors.JWTClaimValidationFailed): TokenRefusal => {
  const message = byClaim.get(claim);
  if (message === undefined) return malformed('a claim is not accepted');
  return { reason: `${claim}: ${how.get(reason) ?? 'not accepted'}`, message };
};

/**
 * Turns an error of jose's verification into the refusal of the token. Null if the error is a fault of the gateway. The
 * reason contains jose's message about a key, which concerns the issuer. It does not contain jose's message about a
 * token, which can repeat a part of the token.
 */
export const toRefusedToken = (error: unknown): RefusedTokenError | null => {
  if (error instanceof errors.JWTClaimValidationFailed)
    return new RefusedTokenError(ofClaim(error));
  if (error instanceof errors.JOSEError) {
    return new RefusedTokenError(byCode.get(error.code) ?? malformed('not accepted'));
  }
  // jose throws a TypeError for a weak key; WebCrypto throws a DOMException for a key that it cannot import.
  if (error instanceof TypeError || error instanceof DOMException) {
    const detail = `${error.name}: ${error.message}`.slice(0, 200);
    return new RefusedTokenError(
      ofKey(`signature: the key of the issuer cannot be used (${detail})`),
    );
  }
  return null;
};
