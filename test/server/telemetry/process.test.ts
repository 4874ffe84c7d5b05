import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { createAsk, type GraphQLAnswer } from '../../support/gateway/gateway.ts';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { findLogLines } from '../../support/gateway/log-lines.ts';
import { scrape } from '../../support/gateway/metrics.ts';
import type { Loose } from '../../support/loose.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';
const secrets = {
  link: 'https://enroll.example/CANARY-LINK',
  code: 'CANARY-CODE',
  idempotencyKey: 'CANARY-IDEMPOTENCY-KEY',
  emailText: 'CANARY-TEXT',
  password: 'CANARY-PASSWORD',
};

const page = `query Page { enrollmentTokens(first: 30) { nodes {
  enrollmentLink enrollmentCode user { email name } policyAssignments { policy { version } }
  ... on AppleEnrollmentToken { profiles { certificates { location } } } } } }`;
const create = `mutation Invite($userId: ID!, $key: String!, $text: String!) {
  createWindowsEnrollmentToken(input: {
    userId: $userId, idempotencyKey: $key, sendEmail: true, emailText: $text
  }) { enrollmentToken { enrollmentLink enrollmentCode } userErrors { code } }
}`;

let collector: Collector;
let sandbox: Sandbox;
let output = '';
let exposition = '';
let traced: GraphQLAnswer;
let named: GraphQLAnswer;
let exitCode: number | null = null;

const linesOf = (message: string): Loose[] => findLogLines(output, message);

const spansOf = (trace: string): readonly CollectedSpan[] =>
  collector.spans().filter((span) => span.traceId === trace);

/** One gateway process: it answers some requests, is scraped and is stopped. Each test checks a part of its output. */
beforeAll(async () => {
  collector = await startCollector();
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 60, embeds: 'none' });
  const { baseUrl } = await sandbox.listen();
  sandbox.addToken('windows', { enrollmentLink: secrets.link, enrollCode: secrets.code });
  sandbox.addToken('apple', {
    profiles: [{ id: 'a'.repeat(24), certificates: [{ password: secrets.password }] }],
  });
  const gateway = await startReadyGateway({
    APPLIVERY_BASE_URL: baseUrl,
    APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  const ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
  traced = await ask(page, {
    headers: {
      traceparent: `00-${traceId}-${callersSpan}-01`,
      'x-request-id': 'from.the-caller_1',
    },
  });
  const users = await ask('query Who { mdmUsers(first: 1) { nodes { id } } }');
  named = await ask(create, {
    variables: {
      userId: users.data.mdmUsers.nodes[0].id,
      key: secrets.idempotencyKey,
      text: secrets.emailText,
    },
    headers: { 'x-request-id': 'not well formed!' },
  });
  await ask('query Refused { nothing }');
  sandbox.faults.add({ kind: 'status', status: 500, message: secrets.code, times: 3 });
  await ask('{ mdmUsers(first: 2) { nodes { name } } }');
  exposition = await scrape(gateway.url);
  exitCode = await gateway.stop();
  output = gateway.output();
});
afterAll(async () => {
  collector.close();
  await sandbox.close();
});

describe('a trace', () => {
  it('is sent to the collector before the process ends', () => {
    expect(exitCode).toBe(0);
    expect(collector.spans().length).toBeGreaterThan(0);
    expect(collector.bodies()).toContain('"stringValue":"enrollment-gateway"');
  });

  it('has the operation as a child of the caller’s span', () => {
    expect(traced.errors).toEqual([]);
    const operation = spansOf(traceId).find(({ name }) => name === 'query Page');
    expect(operation).toMatchObject({
      parentSpanId: callersSpan,
      failed: false,
      attributes: {
        'graphql.operation.type': 'query',
        'graphql.operation.name': 'Page',
        'gateway.request_id': 'from.the-caller_1',
      },
    });
  });

  it('has every page read and lookup as a child of the operation, with its cause', () => {
    const spans = spansOf(traceId);
    const operation = spans.find(({ name }) => name === 'query Page');
    const calls = spans.filter((span) => span !== operation);
    const prefix = 'GET /organizations/{organizationId}/mdm';
    expect(
      calls
        .map(({ name, parentSpanId, attributes, failed }) => ({
          name,
          below: parentSpanId,
          cause: attributes['gateway.cause'],
          status: Number(attributes['http.response.status_code']),
          failed,
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    ).toEqual(
      [
        ['/apple/enterprise/enrollment-tokens', 'page'],
        ['/apple/enterprise/policies', 'lookup'],
        ['/users', 'lookup'],
        ['/windows/enterprise/enrollment-tokens', 'page'],
        ['/windows/enterprise/policies', 'lookup'],
      ].map(([path, cause]) => ({
        name: prefix + path,
        below: operation?.spanId,
        cause,
        status: 200,
        failed: false,
      })),
    );
  });

  it('continues in the API: each call sends its own span', () => {
    const arrived = sandbox
      .requests()
      .map(({ headers }) => headers['traceparent'])
      .filter((header) => header?.includes(traceId));
    const calls = spansOf(traceId).filter(({ name }) => name !== 'query Page');
    expect(arrived.sort()).toEqual(calls.map(({ spanId }) => `00-${traceId}-${spanId}-01`).sort());
  });

  it('marks failed spans', () => {
    const failed = collector.spans().filter((span) => span.failed);
    expect(new Set(failed.map(({ name }) => name))).toEqual(
      new Set(['query', 'GET /organizations/{organizationId}/mdm/users']),
    );
  });
});

describe('the log', () => {
  it('has one line for each operation, with its cost and its outcome', () => {
    expect(
      linesOf('operation').map(({ operation, kind, upstreamCalls, outcome }) => ({
        operation,
        kind,
        upstreamCalls,
        outcome,
      })),
    ).toEqual([
      { operation: 'Page', kind: 'query', upstreamCalls: 5, outcome: 'OK' },
      { operation: 'Who', kind: 'query', upstreamCalls: 1, outcome: 'OK' },
      { operation: 'Invite', kind: 'mutation', upstreamCalls: expect.any(Number), outcome: 'OK' },
      { operation: null, kind: 'none', upstreamCalls: 0, outcome: 'GRAPHQL_VALIDATION_FAILED' },
      { operation: null, kind: 'query', upstreamCalls: 3, outcome: 'UPSTREAM_UNAVAILABLE' },
    ]);
  });

  it('names the request, the caller without its key, when and how long', () => {
    const [first, second] = linesOf('operation');
    expect(first).toMatchObject({
      requestId: 'from.the-caller_1',
      caller: expect.stringMatching(/^[\w-]{16}$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      durationMs: expect.any(Number),
    });
    expect(second.caller).toBe(first.caller);
  });

  it('has one audit line for each mutation', () => {
    expect(linesOf('audit')).toMatchObject([
      {
        mutation: 'createWindowsEnrollmentToken',
        outcome: 'OK',
        requestId: named.headers.get('x-request-id'),
        organizationId: sandbox.organizationId,
        tokenId: expect.stringMatching(/^[a-f\d]{24}$/),
        idempotencyKey: expect.any(String),
      },
    ]);
  });
});

describe('the request id', () => {
  it('is echoed if it is well-formed', () => {
    expect(traced.headers.get('x-request-id')).toBe('from.the-caller_1');
  });

  it('is a new one if it is not', () => {
    expect(named.headers.get('x-request-id')).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  });
});

describe('metrics, traces and the log', () => {
  it('hold no key, link, code, password, idempotency key or text', () => {
    const nodes: readonly Loose[] = traced.data.enrollmentTokens.nodes;
    expect(nodes.map(({ enrollmentLink }) => enrollmentLink)).toContain(secrets.link);
    expect(nodes.map(({ profiles }) => profiles)).toContainEqual([
      { certificates: [{ location: null }] },
    ]);
    const made = named.data.createWindowsEnrollmentToken.enrollmentToken;
    const planted = [
      ...Object.values(secrets),
      sandbox.apiKey,
      made.enrollmentLink,
      made.enrollmentCode,
      ...nodes.flatMap(({ enrollmentLink, enrollmentCode }) => [enrollmentLink, enrollmentCode]),
    ].filter((text) => typeof text === 'string');
    expect(planted.length).toBeGreaterThan(50);
    for (const [where, text] of Object.entries({
      exposition,
      output,
      traces: collector.bodies(),
    })) {
      expect(text.length).toBeGreaterThan(100);
      expect({ where, leaked: planted.filter((secret) => text.includes(secret)) }).toEqual({
        where,
        leaked: [],
      });
    }
  });
});
