import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

const issuer = 'https://issuer.example.com/';
const audience = 'enrollment';
export const secret = 'a secret of the tests, 32 or more';

/** What service mode needs beside its keys. */
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
  /** Seconds from now; null: it never expires. */
  readonly expiresIn?: number | null;
  readonly keyId?: string;
  readonly key?: CryptoKey | Uint8Array;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** A signed token that the gateway takes, but for what the options say otherwise. */
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

/** An issuer that publishes one key, over real HTTP. */
export const startIssuer = async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'first', alg: 'ES256' }] }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/keys`,
    sign: (options: TokenOptions = {}) =>
      signToken({ key: privateKey, algorithm: 'ES256', keyId: 'first', ...options }),
    /** The public key as an attacker would use it: as the secret of a symmetric algorithm. */
    publicKeyText: JSON.stringify(jwk),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
