import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type FaultName, type FaultyApi, faults, startFaultyApi } from './faulty-api.ts';

interface Expected {
  /** The code of a list that no platform answers. */
  readonly code: string;
  /** Requests that one platform's list costs then: the first and its retries. */
  readonly attempts: number;
  /** How the platform is shown where only it is struck; null: it takes the whole operation with it. */
  readonly source: string | null;
  /** The code of a create that meets it. */
  readonly create: string;
  /** What a create sends: never a second POST. */
  readonly sends: string;
}

const lost = { create: 'OUTCOME_UNKNOWN', sends: 'POST GET' } as const;
const unavailable = 'UNAVAILABLE UPSTREAM_UNAVAILABLE';
const retried = {
  code: 'UPSTREAM_UNAVAILABLE',
  attempts: 3,
  source: unavailable,
  ...lost,
} as const;
const late = { code: 'UPSTREAM_TIMEOUT', attempts: 1, source: unavailable, ...lost } as const;
const broken = {
  code: 'UPSTREAM_INVALID_RESPONSE',
  attempts: 1,
  source: unavailable,
  ...lost,
} as const;

const catalogue: Readonly<Record<FaultName, Expected>> = {
  'a reset connection': retried,
  'a connection closed without an answer': retried,
  'an answer that breaks off': retried,
  'something that is no HTTP': retried,
  'no answer at all': late,
  'an answer that never ends': late,
  'an answer that drips': late,
  'a 500': retried,
  'a 502 of a proxy': retried,
  'a 503': retried,
  'a 504': retried,
  'a 429 that says when to come back': {
    code: 'RATE_LIMITED',
    attempts: 1,
    source: 'UNAVAILABLE RATE_LIMITED',
    create: 'RATE_LIMITED',
    sends: 'POST',
  },
  'a 401': {
    code: 'UNAUTHENTICATED',
    attempts: 1,
    source: null,
    create: 'UNAUTHENTICATED',
    sends: 'POST',
  },
  'a 403': {
    code: 'FORBIDDEN',
    attempts: 1,
    source: 'FORBIDDEN PERMISSION_DENIED',
    create: 'PERMISSION_DENIED',
    sends: 'POST',
  },
  'a plan that does not include it': {
    code: 'FORBIDDEN',
    attempts: 1,
    source: 'FORBIDDEN FEATURE_NOT_IN_PLAN',
    create: 'FEATURE_NOT_IN_PLAN',
    sends: 'POST',
  },
  'a 404': {
    code: 'NOT_FOUND',
    attempts: 1,
    source: 'FORBIDDEN NOT_FOUND',
    create: 'NOT_FOUND',
    sends: 'POST GET GET',
  },
  'a 400': {
    code: 'BAD_USER_INPUT',
    attempts: 1,
    source: 'UNAVAILABLE INVALID_INPUT',
    create: 'INVALID_INPUT',
    sends: 'POST GET',
  },
  'a 418': {
    code: 'BAD_USER_INPUT',
    attempts: 1,
    source: 'UNAVAILABLE INVALID_INPUT',
    create: 'INVALID_INPUT',
    sends: 'POST GET',
  },
  'a redirect': broken,
  'a page of HTML': broken,
  'an empty body': broken,
  'half a document': broken,
  'a body of bytes that are no text': broken,
  'a refusal under 200': { ...retried, attempts: 1 },
  'JSON that is no envelope': broken,
  null: broken,
  'a list that is none': broken,
  'an answer of 17 MB': broken,
  'an answer that inflates to 40 MB': broken,
  'an encoding that is a lie': broken,
};

const names = Object.keys(faults).filter((name): name is FaultName => name in faults);
const cases = names.map((name) => ({ name, ...catalogue[name] }));

const list =
  '{ enrollmentTokens(first: 5) { nodes { platform } sources { platform status error { code } } } }';

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;
let userId: string;

const start = async (name: FaultName): Promise<void> => {
  api.mend();
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
    // Long where nothing hangs, so that a busy machine does not pass for a slow API.
    { UPSTREAM_TIMEOUT_MS: catalogue[name] === late ? '300' : '5000' },
  );
};

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  api = await startFaultyApi((await sandbox.listen()).baseUrl);
  await start('a 500');
  const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
  userId = data.mdmUsers.nodes[0].id;
  await gateway.close();
});

afterAll(async () => {
  await api.close();
  await sandbox.close();
});

/** Whatever the API did, the gateway lives. */
afterEach(async () => {
  api.mend();
  const live = await fetch(new URL('/health/live', gateway.url));
  expect(live.status).toBe(200);
  const { data, errors } = await gateway.ask('{ __typename }');
  expect(errors).toEqual([]);
  expect(data.__typename).toBe('Query');
  await gateway.close();
});

const codesOf = (errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[]) =>
  errors.map(({ extensions }) => extensions['code']);

const verbs = (): string =>
  api
    .seen()
    .map((line) => line.split(' ')[0])
    .join(' ');

describe('where every list meets', () => {
  it.each(cases)('$name, the field is one error: $code', async ({ name, code, attempts }) => {
    await start(name);
    api.break(/^GET .*enrollment-tokens/, faults[name]);
    const answer = await gateway.ask(list);
    expect(answer.data?.enrollmentTokens).toBeUndefined();
    expect(codesOf(answer.errors)).toEqual([code]);
    expect(JSON.stringify(answer)).not.toContain('PLANTED');
    expect(answer.status).toBe(code === 'UNAUTHENTICATED' ? 401 : 200);
    // Where both are struck, one may be told before the other has ended.
    expect(api.seen().length).toBeLessThanOrEqual(2 * attempts);
    expect(api.seen().length).toBeGreaterThanOrEqual(attempts);
  });
});

describe('where one platform meets', () => {
  it.each(cases)('$name, the other one is still shown', async ({
    name,
    source,
    code,
    attempts,
  }) => {
    await start(name);
    api.break(/^GET .*windows.*enrollment-tokens/, faults[name]);
    const answer = await gateway.ask(list);
    expect(JSON.stringify(answer)).not.toContain('PLANTED');
    if (source === null) {
      expect(answer.data).toBeNull();
      expect(codesOf(answer.errors)).toEqual([code]);
      return;
    }
    expect(answer.errors).toEqual([]);
    const { nodes, sources } = answer.data.enrollmentTokens;
    expect(nodes.map(({ platform }: { readonly platform: string }) => platform)).toEqual(
      Array(5).fill('APPLE'),
    );
    const [status, error] = source.split(' ');
    expect(sources).toEqual([
      { platform: 'APPLE', status: 'OK', error: null },
      { platform: 'WINDOWS', status, error: { code: error } },
    ]);
    expect(api.seen()).toHaveLength(1 + attempts);
  });
});

describe('where a create meets', () => {
  it.each(cases)('$name, it says $create and is sent once', async ({ name, create, sends }) => {
    await start(name);
    api.break(/^POST /, faults[name]);
    const { data, errors } = await gateway.ask(
      `mutation { createWindowsEnrollmentToken(input: { userId: "${userId}", sendEmail: false }) { enrollmentToken { id } userErrors { code message } } }`,
    );
    expect(JSON.stringify([data, errors])).not.toContain('PLANTED');
    const payload = data?.createWindowsEnrollmentToken;
    const codes = payload?.userErrors.map(({ code }: { readonly code: string }) => code) ?? [];
    expect([...codes, ...codesOf(errors)]).toEqual([create]);
    expect(payload?.enrollmentToken ?? null).toBeNull();
    expect(verbs()).toBe(sends);
  });
});
