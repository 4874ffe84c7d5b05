import { createSecretKey } from 'node:crypto';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { AuthConfig } from '../../config.ts';
import {
  ForbiddenError,
  GatewayError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import { createKeySet, KeySetUnavailableError } from './key-set.ts';
import { RefusedTokenError, refusals, toRefusedToken } from './token-refusals.ts';

/** Who sent a request. */
export interface Caller {
  /** The Authorization header for the API; null if there is none. Throws if the caller's credential is missing or refused. */
  readonly authorization: () => string | null;
  /** Identifies the caller across requests; used only as the input of a hash. Null: the credential for the API identifies it. */
  readonly identity: () => string | null;
  /** Throws if the caller lacks this access. The message says that it is needed for `needed`. */
  readonly authorize: (access: 'read' | 'write', needed: string) => void;
  /** When the credential is no longer accepted, in milliseconds since the epoch; null if the gateway does not know. */
  readonly expiresAtMs: number | null;
}

/** Identifies the caller of a request by its Authorization header. Faults of the header are thrown by the caller's members. */
export type IdentifyCaller = (authorization: string | null) => Promise<Caller>;

type ServiceConfig = AuthConfig & { readonly kind: 'service' };

/** Passes every credential on. The API decides what the caller may do. */
const identifyByCredential: IdentifyCaller = async (authorization) => ({
  authorization: () => authorization,
  identity: () => null,
  authorize: () => {},
  expiresAtMs: null,
});

/** Fixed here, so that a token cannot choose how it is checked: neither `none` nor a public key used as a secret. */
const algorithms = {
  jwks: [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ],
  secret: ['HS256', 'HS384', 'HS512'],
};

const clockToleranceSeconds = 5;

const maxTokenCharacters = 16_384;
const maxSubjectCharacters = 2_048;

const localKey = (secret: string): JWTVerifyGetKey => {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  return async () => key;
};

const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** Issuers put scopes into one of three claims. */
const scopesOf = ({ scope, scp, permissions }: JWTPayload): ReadonlySet<string> =>
  new Set([scope, scp, permissions].flatMap(textsOf));

const missing = 'This operation needs a token. Send the header "Authorization: Bearer <token>".';
const noKeys =
  'The token cannot be checked: the keys of its issuer cannot be read at the moment. Try again in some seconds.';

/** The error for the caller. Rethrows a fault of the gateway. */
const toCallerError = (error: unknown): GatewayError => {
  if (error instanceof KeySetUnavailableError) {
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    return new UpstreamUnavailableError(noKeys, details, { cause: error });
  }
  const refused = error instanceof RefusedTokenError ? error : toRefusedToken(error);
  if (refused === null) throw error;
  return refused;
};

/** A caller whose credential is missing or refused. Every member throws the reason. */
const refusedCaller = (reason: GatewayError): Caller => {
  const fail = (): never => {
    throw reason;
  };
  return { authorization: fail, identity: fail, authorize: fail, expiresAtMs: null };
};

/** Checks the claims that jose does not check, and returns `exp`. Throws RefusedTokenError. */
const checkClaims = ({ sub, exp = Number.NaN }: JWTPayload): number => {
  // JSON.parse turns a number that is too large into Infinity.
  if (!Number.isFinite(exp)) throw new RefusedTokenError(refusals.endless);
  const isSubject =
    typeof sub === 'string' && sub.trim() !== '' && sub.length <= maxSubjectCharacters;
  if (!isSubject) throw new RefusedTokenError(refusals.subject);
  return exp;
};

const identifyByToken = (
  { keys, issuer, audience, readScope, writeScope }: ServiceConfig,
  apiAuthorization: string,
  onKeySetFailure: (cause: unknown) => void,
): IdentifyCaller => {
  const keyOf =
    keys.kind === 'jwks'
      ? createKeySet(keys.url, { nowMs: () => performance.now(), onFailure: onKeySetFailure })
      : localKey(keys.secret);
  const expectations = {
    algorithms: algorithms[keys.kind],
    issuer,
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: clockToleranceSeconds,
  };

  const verify = async (token: string) => {
    if (token.length > maxTokenCharacters) throw new RefusedTokenError(refusals.tooLong);
    const { payload } = await jwtVerify(token, keyOf, expectations);
    const expiresAtMs = (checkClaims(payload) + clockToleranceSeconds) * 1000;
    return { payload, expiresAtMs };
  };

  return async (authorization) => {
    const token = /^bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (token === undefined) return refusedCaller(new UnauthenticatedError(missing));
    try {
      const { payload, expiresAtMs } = await verify(token);
      const scopes = scopesOf(payload);
      const identity = JSON.stringify([payload.iss, payload.sub]);
      return {
        authorization: () => apiAuthorization,
        identity: () => identity,
        authorize: (access, needed) => {
          const scope = access === 'write' ? writeScope : readScope;
          if (scopes.has(scope)) return;
          throw new ForbiddenError(
            `The token lacks the scope ${scope}. It is needed for ${needed}.`,
          );
        },
        expiresAtMs,
      };
    } catch (error) {
      return refusedCaller(toCallerError(error));
    }
  };
};

/**
 * Creates the identification for an authentication mode. In service mode without a configured key, the API gets the
 * sandbox's key. `onKeySetFailure` is called for each failed download of the issuer's keys.
 */
export const createIdentification = (
  auth: AuthConfig,
  sandboxAuthorization: string | undefined,
  onKeySetFailure: (cause: unknown) => void,
): IdentifyCaller => {
  if (auth.kind === 'passthrough') return identifyByCredential;
  const authorization = auth.apiKey === undefined ? sandboxAuthorization : `Bearer ${auth.apiKey}`;
  if (authorization === undefined) throw new TypeError('Service mode has no key for the API.');
  return identifyByToken(auth, authorization, onKeySetFailure);
};

/** Whether a claim is true. It is false if it is refused with an error of the gateway. */
export const isTrueWithoutRefusal = (claim: () => boolean): boolean => {
  try {
    return claim();
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
};

/**
 * Whether a caller's credential is known to be accepted: by this gateway, as a JWT, or by the API within the last hour. A
 * caller whose credential is missing or refused is not authenticated.
 */
export const isAuthenticated = (caller: Caller, isAcceptedByApi: () => boolean): boolean =>
  // Only a caller with a JWT has an identity.
  isTrueWithoutRefusal(() => caller.identity() !== null) || isTrueWithoutRefusal(isAcceptedByApi);
