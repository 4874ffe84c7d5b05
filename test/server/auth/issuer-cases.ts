import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { claimsWith } from './callers.ts';

/** A key of the issuer, published or not, and a token that names it: UNAUTHENTICATED with 401. */
export interface KeyCase {
  readonly name: string;
  /** The keys that the issuer publishes. */
  readonly published: readonly object[];
  readonly authorization: string;
  /** The reason in the log line. */
  readonly reason: RegExp;
}

/** A key endpoint that returns no keys: UPSTREAM_UNAVAILABLE, and a log line with the reason. */
export interface TroubleCase {
  readonly name: string;
  readonly behave: (response: ServerResponse) => void;
  /** The reason in the log line. */
  readonly reason: string;
}

const textOf = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token without a kid, for a key without one. */
const signWith = (key: KeyObject, header: object): string => {
  const signed = `${textOf(header)}.${textOf(claimsWith({}))}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(key).toString('base64url');
  return `Bearer ${signed}.${signature}`;
};

const rsaOf = (modulusLength: number) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) };
};

const weak = rsaOf(1024);
const strong = rsaOf(2048);
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  format: 'jwk',
});

const rs256 = (kid: string) => signWith(strong.privateKey, { alg: 'RS256', kid });
const unsignedWith = (alg: string, kid: string): string =>
  `Bearer ${textOf({ alg, kid })}.${textOf(claimsWith({}))}.AAAA`;

const unusable = /^signature: the key of the issuer cannot be used \(DataError: /;
const unknown = /^signature: the issuer has no such key$/;

export const keyCases: readonly KeyCase[] = [
  {
    name: 'an RSA key of 1,024 bits',
    published: [{ ...weak.jwk, kid: 'weak' }],
    authorization: signWith(weak.privateKey, { alg: 'RS256', kid: 'weak' }),
    reason: /cannot be used \(TypeError: RS256 requires key modulusLength to be 2048 bits/,
  },
  {
    name: 'an RSA key without a modulus',
    published: [{ kty: 'RSA', e: 'AQAB', kid: 'no-modulus' }],
    authorization: rs256('no-modulus'),
    reason: unusable,
  },
  {
    name: 'an RSA key whose modulus is not base64url',
    published: [{ ...strong.jwk, n: '!', kid: 'odd-modulus' }],
    authorization: rs256('odd-modulus'),
    reason: /cannot be used/,
  },
  {
    name: 'a point that is not on its curve',
    published: [{ ...curve, y: curve.x, kid: 'off-curve' }],
    authorization: unsignedWith('ES256', 'off-curve'),
    reason: unusable,
  },
  {
    name: 'an Ed25519 key of one byte',
    published: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'short' }],
    authorization: unsignedWith('EdDSA', 'short'),
    reason: unusable,
  },
  {
    name: 'a private key that the issuer published',
    published: [{ ...strong.privateKey.export({ format: 'jwk' }), kid: 'private' }],
    authorization: rs256('private'),
    reason: /^signature: the key of the issuer is not a public key$/,
  },
  {
    name: 'a key for encryption',
    published: [{ ...strong.jwk, use: 'enc', kid: 'for-encryption' }],
    authorization: rs256('for-encryption'),
    reason: unknown,
  },
  {
    name: 'a key for another algorithm',
    published: [{ ...strong.jwk, alg: 'PS256', kid: 'other-algorithm' }],
    authorization: rs256('other-algorithm'),
    reason: unknown,
  },
  {
    name: 'a key that the issuer does not have',
    published: [],
    authorization: rs256('nowhere'),
    reason: unknown,
  },
  {
    name: 'a token that does not name one of several keys',
    published: [],
    authorization: signWith(strong.privateKey, { alg: 'RS256' }),
    reason: /^signature: the token does not say which key of the issuer signed it$/,
  },
  {
    name: 'a key that did not sign the token',
    published: [{ ...rsaOf(2048).jwk, kid: 'another' }],
    authorization: rs256('another'),
    reason: /^signature: it does not match$/,
  },
];

export const troubleCases: readonly TroubleCase[] = [
  {
    name: 'closes the connection',
    behave: (response) => response.destroy(),
    reason: 'fetch failed',
  },
  {
    name: 'fails with 500',
    behave: (response) => response.writeHead(500).end('planted'),
    reason: 'Expected 200 OK',
  },
  {
    name: 'redirects',
    behave: (response) => response.writeHead(302, { location: '/planted' }).end(),
    reason: 'Expected 200 OK',
  },
  {
    name: 'answers HTML',
    behave: (response) => response.end('<html>planted</html>'),
    reason: 'as JSON; SyntaxError',
  },
  {
    name: 'answers JSON that is not a key set',
    behave: (response) => response.end('{"planted":[]}'),
    reason: 'JSON Web Key Set malformed',
  },
  {
    name: 'answers without end',
    behave: (response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(65_536), more);
      };
      more();
    },
    reason: 'larger than 1 MiB',
  },
  {
    name: 'breaks off in the middle',
    behave: (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"keys":[', () => response.destroy());
    },
    reason: 'terminated',
  },
];
