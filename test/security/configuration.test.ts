import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';

type Variables = Readonly<Record<string, string>>;

const api = { APPLIVERY_BASE_URL: 'https://api.example.com/v1' } as const;
const secret = 'x'.repeat(32);
const service = {
  ...api,
  AUTH_MODE: 'service',
  APPLIVERY_API_KEY: 'key-of-the-gateway',
  APPLIVERY_ORGANIZATION_ID: 'acme-company',
  JWT_SECRET: secret,
  JWT_ISSUER: 'https://issuer.example.com/',
  JWT_AUDIENCE: 'enrollment',
} as const;

const faultOf = (variables: Variables): string => {
  try {
    parseConfig(variables);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const without = (variables: Variables, name: string): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([key]) => key !== name));

describe('a configuration of who may call', () => {
  it.each<[string, Variables, string]>([
    ['an unknown mode', { AUTH_MODE: 'open' }, 'AUTH_MODE must be passthrough or service'],
    ['any origin', { CORS_ORIGINS: '*' }, 'must be origins such as'],
    ['a wildcard', { CORS_ORIGINS: 'https://*.example.com' }, 'must be origins such as'],
    ['no origin of a page', { CORS_ORIGINS: 'wss://a.example.com' }, 'must be origins such as'],
    ['the port by default', { CORS_ORIGINS: 'https://a.example.com:443' }, 'must be origins'],
    ['capital letters', { CORS_ORIGINS: 'https://A.example.com' }, 'must be origins such as'],
    [
      'an origin with a path',
      { CORS_ORIGINS: 'https://a.example.com/x' },
      'must be origins such as',
    ],
    ['an organization that is no name', { ALLOWED_ORGANIZATIONS: 'a b' }, '24-digit id, or a slug'],
    [
      'a default organization that is not allowed',
      { APPLIVERY_ORGANIZATION_ID: 'acme', ALLOWED_ORGANIZATIONS: 'other' },
      'must name APPLIVERY_ORGANIZATION_ID',
    ],
    [
      'a key of its own in passthrough',
      { ...api, APPLIVERY_API_KEY: 'k' },
      'APPLIVERY_API_KEY is refused',
    ],
    [
      'tokens that passthrough would not look at',
      { ...api, JWT_SECRET: secret },
      'JWT_SECRET has no meaning',
    ],
    ['service mode with a short secret', { ...service, JWT_SECRET: 'short' }, 'at least 32'],
    [
      'service mode with two ways to check tokens',
      { ...service, JWT_JWKS_URL: 'https://issuer.example.com/keys' },
      'either JWT_JWKS_URL or JWT_SECRET',
    ],
    ['service mode with none', without(service, 'JWT_SECRET'), 'either JWT_JWKS_URL or JWT_SECRET'],
    ['service mode without an issuer', without(service, 'JWT_ISSUER'), 'JWT_ISSUER is required'],
    ['service mode without an audience', without(service, 'JWT_AUDIENCE'), 'JWT_AUDIENCE is'],
    ['service mode without a key', without(service, 'APPLIVERY_API_KEY'), 'APPLIVERY_API_KEY is'],
    [
      'service mode for any organization',
      without(service, 'APPLIVERY_ORGANIZATION_ID'),
      'needs APPLIVERY_ORGANIZATION_ID or ALLOWED_ORGANIZATIONS',
    ],
    ['a scope of two words', { ...service, JWT_READ_SCOPE: 'a b' }, 'JWT_READ_SCOPE must be one'],
  ])('refuses %s', (_name, variables, fault) => {
    expect(faultOf(variables)).toContain(fault);
  });

  it('accepts a complete service mode', () => {
    expect(parseConfig(service)).toMatchObject({
      auth: {
        kind: 'service',
        apiKey: service.APPLIVERY_API_KEY,
        keys: { kind: 'secret', secret },
        readScope: 'enrollment:read',
        writeScope: 'enrollment:write',
      },
      allowedOrganizations: undefined,
    });
  });
});
