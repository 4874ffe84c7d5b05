import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, configReference, parseConfig } from '../src/config.ts';

const faultsOf = (variables: Record<string, string>): string => {
  try {
    parseConfig(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
};

const api = { APPLIVERY_BASE_URL: 'https://api.applivery.io/v1' };

describe('the configuration', () => {
  it('of an empty environment selects the sandbox, on the loopback, with the documented numbers', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 4000,
      upstream: { kind: 'sandbox' },
      organization: undefined,
      auth: { kind: 'passthrough' },
      upstreamTimeoutMs: 20_000,
      requestTimeoutMs: 30_000,
      upstreamConcurrency: 32,
      upstreamMaxLimit: 500,
      maxPageSize: 100,
      maxScanItems: 2000,
      maxUpstreamCalls: 100,
      liveIntervalSeconds: 15,
      maxSubscriptions: 1000,
      lookupTtlMs: 30_000,
      idempotencyTtlSeconds: 86_400,
      bulkChunkSize: 50,
      graphiql: true,
      introspection: true,
      logLevel: 'info',
    });
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(parseConfig({}))).toBe(true);
  });

  it('in production has GraphiQL and introspection off, unless they are turned on', () => {
    const production = { ...api, NODE_ENV: 'production' };
    expect(parseConfig(production)).toMatchObject({ graphiql: false, introspection: false });
    expect(parseConfig({ ...production, GRAPHIQL: 'true', INTROSPECTION: 'true' })).toMatchObject({
      graphiql: true,
      introspection: true,
    });
  });

  it('removes slashes after the base URL, and treats empty and blank values as unset', () => {
    expect(
      parseConfig({ APPLIVERY_BASE_URL: ' https://api.example.com/v1/// ', PORT: '', HOST: ' ' }),
    ).toMatchObject({
      upstream: { kind: 'api', baseUrl: 'https://api.example.com/v1' },
      port: 4000,
      host: '127.0.0.1',
    });
  });

  it('ignores other variables', () => {
    expect(faultsOf({ PATH: '/bin', SOMETHING: 'else' })).toBe('');
  });

  it.each([
    [{ PORT: 'x' }, 'PORT must be a number'],
    [{ PORT: '1.5' }, 'PORT must be a whole number'],
    [{ PORT: '65536' }, 'PORT must be at most 65535'],
    [{ UPSTREAM_MAX_LIMIT: '0' }, 'UPSTREAM_MAX_LIMIT must be at least 1'],
    [{ GRAPHIQL: 'yes' }, 'GRAPHIQL must be true or false'],
    [{ APPLIVERY_BASE_URL: 'api.example.com' }, 'APPLIVERY_BASE_URL must be an http or https URL'],
    [{ APPLIVERY_BASE_URL: 'file:///etc' }, 'APPLIVERY_BASE_URL must be an http or https URL'],
    [{ APPLIVERY_ORGANIZATION_ID: 'a/b' }, 'APPLIVERY_ORGANIZATION_ID must be a 24-digit id'],
    [{ NODE_ENV: 'production' }, 'APPLIVERY_BASE_URL is required in production'],
    [{ SANDBOX: 'false' }, 'APPLIVERY_BASE_URL is required with SANDBOX=false'],
    [{ ...api, SANDBOX: 'true' }, 'exclude each other'],
    [
      { ...api, SANDBOX_ACTIVITY_SECONDS: '5' },
      'SANDBOX_ACTIVITY_SECONDS has no meaning with APPLIVERY_BASE_URL',
    ],
    [{ SANDBOX_ACTIVITY_SECONDS: '-1' }, 'SANDBOX_ACTIVITY_SECONDS must be at least 0'],
  ])('refuses %j', (variables, fault) => {
    expect(faultsOf(variables)).toContain(fault);
  });

  it('allows the sandbox in production with SANDBOX=true', () => {
    expect(parseConfig({ NODE_ENV: 'production', SANDBOX: 'true' }).upstream.kind).toBe('sandbox');
  });

  it('lists every fault, one in each line', () => {
    const message = faultsOf({
      PORT: 'x',
      LOG_LEVEL: 'loud',
      NODE_ENV: 'production',
      MAX_DEPTH: '0',
    });
    expect(message.split('\n')).toEqual([
      'The configuration is not usable:',
      ...Array.from({ length: 4 }, () => expect.stringMatching(/^ {2}- [A-Z_]+ \S/)),
    ]);
  });

  it('never repeats the value of a credential', () => {
    const secrets = {
      APPLIVERY_API_KEY: 'CANARY KEY',
      JWT_SECRET: 'CANARY',
      SHARED_SECRET: 'CANARY',
      WEBHOOK_SECRET: 'CANARY',
    };
    const message = faultsOf({ ...api, ...secrets, PORT: 'x' });
    expect(message).toContain('APPLIVERY_API_KEY');
    expect(message).not.toContain('CANARY');
  });
});

describe('the secret of webhooks', () => {
  it('is unset by default, and has what a path can hold as it is', () => {
    expect(parseConfig({}).webhookSecret).toBeUndefined();
    for (const secret of ['Abc-._~456789012', '0'.repeat(200)]) {
      expect(parseConfig({ WEBHOOK_SECRET: secret }).webhookSecret).toBe(secret);
    }
  });

  it.each([
    ['too short', 'CANARY7', 'WEBHOOK_SECRET must have at least 8 characters'],
    ['too long', 'CANARY'.repeat(40), 'WEBHOOK_SECRET must have at most 200 characters'],
    ...['/', '%', '?', ' ', 'é', '+', '"'].map((character) => [
      `with the character ${character}`,
      `CANARY${character}789012345678`,
      'WEBHOOK_SECRET must have only letters, digits and - . _ ~, which stay as they are in a URL',
    ]),
  ])('%s stops the start, and is not repeated', (_how, secret = '', fault = '') => {
    const message = faultsOf({ WEBHOOK_SECRET: secret });
    expect(message).toBe(`The configuration is not usable:\n  - ${fault}`);
  });
});

describe('the reference of the configuration', () => {
  const rows = configReference();

  it('has every variable with its description and default', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const { name, fallback, description } of rows) {
      expect(name).toMatch(/^[A-Z][A-Z\d_]+$/);
      expect(fallback).not.toBe('');
      expect(description.length).toBeGreaterThan(10);
    }
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows).toContainEqual({
      name: 'PORT',
      fallback: '4000',
      description: 'Port to listen on. `0` selects a free port.',
    });
  });

  it('has a row in docs/configuration.md for every variable', () => {
    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
    for (const { name } of rows) expect(page).toContain(`\n| \`${name}\` |`);
  });
});

describe('a configuration that cannot be read', () => {
  const directory = mkdtempSync(join(tmpdir(), 'configuration-'));
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const documents = '{"hash":"{ __typename }"}';

  it.each([
    ['the password', 'redis://:100%@redis.example:6379'],
    ['the name', 'redis://us%zzer:secret@redis.example'],
    ['the database', 'redis://redis.example/%E0%A4'],
  ])('names REDIS_URL if a %% in %s begins no escape, and never the URL', (_where, url) => {
    const message = faultsOf({ REDIS_URL: url, SHARED_SECRET: 'sixteen characters', PORT: 'x' });
    expect(message).toMatch(/REDIS_URL has a %/);
    expect(message).toMatch(/PORT must be/);
    expect(message).not.toContain('redis.example');
  });

  it.each([
    ['is missing', () => join(directory, 'missing.json')],
    ['is a folder', () => directory],
    ['is broken', () => write('broken.json', '{"hash":')],
    ['is empty', () => write('empty.json', '')],
    ['is a list', () => write('list.json', '[]')],
  ])('names TRUSTED_DOCUMENTS_FILE and the file if that %s, with every other fault', (_how, make) => {
    const path = make();
    const message = faultsOf({ TRUSTED_DOCUMENTS_FILE: path, PORT: 'x' });
    expect(message).toMatch(/TRUSTED_DOCUMENTS_FILE .+/);
    expect(message).toContain(path);
    expect(message).toMatch(/PORT must be/);
    expect(message).not.toContain('"hash"');
  });

  it('accepts a byte order mark before the trusted documents', () => {
    const path = write('marked.json', `\uFEFF${documents}`);
    const { trustedDocuments } = parseConfig({ TRUSTED_DOCUMENTS_FILE: path });
    expect([...(trustedDocuments ?? [])]).toStrictEqual([['hash', '{ __typename }']]);
  });
});
