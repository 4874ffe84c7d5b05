import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { listen } from '../../support/http/listen.ts';

const issuer = 'https://issuer.example.com/';
const audience = 'enrollment';
export const secret = 'a secret of the tests, 32 or more';

/** The variables of service mode, except the keys. */
export const serviceEnvironment = {
  AUTH_MODE: 'service',
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: audience,
} as const;

const bothScopes = { scope: 'enrollment:read enrollment:write' };

export interface TokenOptions {
  readonly claims?: JWTPayload;
  readonly algorithm?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly subject?: string | null;
  /** Seconds from now. Null: it never expires. */
  readonly expiresIn?: number | null;
  readonly keyId?: string;
  readonly key?: CryptoKey | Uint8Array;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** Signs a token. It is valid, except for the given options. */
export const signToken = async (options: TokenOptions = {}): Promise<string> => {
  const { claims = bothScopes, algorithm = 'HS256', subject = 'ana', expiresIn = 300 } = options;
  const token = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: algorithm, ...(options.keyId && { kid: options.keyId }) })
    .setIssuedAt()
    .setIssuer(options.issuer ?? issuer)
    .setAudience(options.audience ?? audience);
  if (subject !== null) token.setSubject(subject);
  if (expiresIn !== null) token.setExpirationTime(now() + expiresIn);
  return `Bearer ${await token.sign(options.key ?? new TextEncoder().encode(secret))}`;
};

/** The claims of a valid token as JSON, with the given changes. */
export const claimsWith = (claims: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    ...bothScopes,
    iss: issuer,
    aud: audience,
    sub: 'ana',
    exp: now() + 300,
    ...claims,
  });

/** Signs any header and claims with the secret. */
export const signText = (claims: string, header: object = { alg: 'HS256' }): string => {
  const signed = [JSON.stringify(header), claims]
    .map((text) => Buffer.from(text).toString('base64url'))
    .join('.');
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

const answerWith =
  (keys: readonly object[]) =>
  (response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys }));
  };

/** Starts an issuer that publishes one key over real HTTP. Its behaviour can be changed. */
export const startIssuer = async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const downloads: IncomingHttpHeaders[] = [];
  const ownKey = { ...jwk, kid: 'first', alg: 'ES256' };
  let answer = answerWith([ownKey]);
  const server = createServer((request, response) => {
    downloads.push(request.headers);
    answer(response);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    /** The headers of all downloads so far. */
    downloads,
    sign: (options: TokenOptions = {}) =>
      signToken({ key: privateKey, algorithm: 'ES256', keyId: 'first', ...options }),
    /** The public key used as the secret of a symmetric algorithm, as an attacker would do. */
    publicKeyText: JSON.stringify(jwk),
    /** Publishes these keys and its own from now on. */
    publish: (keys: readonly object[]): void => {
      answer = answerWith([ownKey, ...keys]);
    },
    /** Handles each request with this function from now on. */
    behave: (how: (response: ServerResponse) => void): void => {
      answer = how;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
