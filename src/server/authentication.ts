import { createSecretKey } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { AuthConfig } from '../config.ts';
import {
  ForbiddenError,
  type GatewayError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../tokens/errors.ts';

/** Who sent a request. */
export interface Caller {
  /** The Authorization header that goes upstream; null where there is none. Throws where the caller may not call. */
  readonly authorization: () => string | null;
  /** Names the caller over many requests; it is only ever hashed. Null: the credential that goes upstream does. */
  readonly identity: () => string | null;
  /** Throws UnauthenticatedError or ForbiddenError where the caller may not run an operation of this kind. */
  readonly authorize: (kind: OperationKind) => void;
}

export type OperationKind = 'query' | 'mutation' | 'subscription';

/** Finds out who sent a request, from its Authorization header; never rejects. */
export type IdentifyCaller = (authorization: string | null) => Promise<Caller>;

type ServiceConfig = AuthConfig & { readonly kind: 'service' };

/** Whoever sends a credential is answered with what that credential may see: the API decides. */
const identifyByCredential: IdentifyCaller = async (authorization) => ({
  authorization: () => authorization,
  identity: () => null,
  authorize: () => {},
});

/** Fixed here, so that no token chooses how it is checked; `none` and a public key as a secret are out. */
const algorithms = {
  jwks: [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ],
  secret: ['HS256', 'HS384', 'HS512'],
};

const keySetTimes = {
  /** Of one download. */
  timeoutDuration: 5_000,
  /** Between downloads for keys that the set does not have. */
  cooldownDuration: 30_000,
  cacheMaxAge: 600_000,
};

const clockToleranceSeconds = 5;

/** The issuer's key set could not be had: no fault of the caller. */
const isKeySetTrouble = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'].includes(error.code);

/** Keys from the issuer; while it cannot be reached, the last ones that it gave. */
const remoteKeys = (url: string): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(url), keySetTimes);
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const last = remote.jwks();
      if (!isKeySetTrouble(error) || last === undefined) throw error;
      return createLocalJWKSet(last)(header, token);
    }
  };
};

const localKey = (secret: string): JWTVerifyGetKey => {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  return async () => key;
};

const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** Issuers name scopes in one of three ways. */
const scopesOf = ({ scope, scp, permissions }: JWTPayload): ReadonlySet<string> =>
  new Set([scope, scp, permissions].flatMap(textsOf));

const missing = 'This operation needs a token. Send the header "Authorization: Bearer <token>".';
const expired = 'The token has expired: get a new one.';
const refused =
  'The token is not accepted. It must be signed by the issuer that this gateway knows, and be for its audience.';
const noKeys = 'The keys that tokens are checked with cannot be had from their issuer: try again.';

const toRefusal = (error: unknown): GatewayError => {
  if (isKeySetTrouble(error)) {
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    return new UpstreamUnavailableError(noKeys, details, { cause: error });
  }
  const isExpired = error instanceof errors.JWTExpired;
  return new UnauthenticatedError(isExpired ? expired : refused, { cause: error });
};

const refusedCaller = (refusal: GatewayError): Caller => {
  const refuse = (): never => {
    throw refusal;
  };
  return { authorization: refuse, identity: refuse, authorize: refuse };
};

const identifyByToken = (
  { keys, issuer, audience, readScope, writeScope }: ServiceConfig,
  apiAuthorization: string,
): IdentifyCaller => {
  const keyOf = keys.kind === 'jwks' ? remoteKeys(keys.url) : localKey(keys.secret);
  const expectations = {
    algorithms: algorithms[keys.kind],
    issuer,
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: clockToleranceSeconds,
  };

  const authorize = (scopes: ReadonlySet<string>, kind: OperationKind): void => {
    const scope = kind === 'mutation' ? writeScope : readScope;
    if (scopes.has(scope)) return;
    const what = kind === 'mutation' ? 'mutations' : 'queries';
    throw new ForbiddenError(`The token lacks the scope ${scope}, which ${what} need.`);
  };

  return async (authorization) => {
    const token = /^bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (token === undefined) return refusedCaller(new UnauthenticatedError(missing));
    try {
      const { payload } = await jwtVerify(token, keyOf, expectations);
      const scopes = scopesOf(payload);
      const identity = JSON.stringify([payload.iss, payload.sub]);
      return {
        authorization: () => apiAuthorization,
        identity: () => identity,
        authorize: (kind) => authorize(scopes, kind),
      };
    } catch (error) {
      return refusedCaller(toRefusal(error));
    }
  };
};

/** How callers are told apart. In service mode without a key of its own the API sees the sandbox's. */
export const createIdentification = (
  auth: AuthConfig,
  sandboxAuthorization: string | undefined,
): IdentifyCaller => {
  if (auth.kind === 'passthrough') return identifyByCredential;
  const authorization = auth.apiKey === undefined ? sandboxAuthorization : `Bearer ${auth.apiKey}`;
  if (authorization === undefined) throw new TypeError('Service mode has no key for the API.');
  return identifyByToken(auth, authorization);
};
