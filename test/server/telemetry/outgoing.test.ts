import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Issuer, startIssuer } from '../auth/callers.ts';
import { type ServiceFaultName, serviceFaults } from '../auth/service-faults.ts';
import { startServiceGateway } from '../auth/service-gateway.ts';
import { type Collector, startCollector } from './collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';

/** Headers that proxies, tracing and browsers add to a request. */
const callersHeaders = {
  traceparent: `00-${traceId}-${callersSpan}-01`,
  tracestate: 'vendor=planted,other=planted',
  baggage: 'employee=planted,salary=planted',
  b3: `${traceId}-planted-1`,
  'x-b3-traceid': 'planted',
  'uber-trace-id': 'planted:planted:0:1',
  cookie: 'session=planted',
  'x-forwarded-for': '10.9.8.7',
  forwarded: 'for=planted',
  'user-agent': 'planted',
  referer: 'https://planted.example.com/',
  'x-planted': 'planted',
};

let collector: Collector;
let sandbox: Sandbox;
let issuer: Issuer;
let output = '';

/** One gateway with tracing, called by a client that sends a trace; each test checks what the gateway sent. */
beforeAll(async () => {
  collector = await startCollector();
  issuer = await startIssuer();
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30, embeds: 'none' });
  const { baseUrl } = await sandbox.listen();
  const gateway = await startServiceGateway(sandbox, baseUrl, {
    JWT_JWKS_URL: issuer.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  const options = { authorization: await issuer.sign(), headers: callersHeaders };
  const read = await gateway.ask(
    'query Page { enrollmentTokens(first: 5) { nodes { user { id name } } } }',
    options,
  );
  expect(read.errors).toEqual([]);
  const userId: unknown = read.data.enrollmentTokens.nodes[0].user.id;
  const created = await gateway.ask(
    'mutation Invite($id: ID!) { createWindowsEnrollmentToken(input: { userId: $id, sendEmail: false }) { enrollmentToken { id } userErrors { code } } }',
    { ...options, variables: { id: userId } },
  );
  expect(created.errors).toEqual([]);
  await gateway.stop();
  output = gateway.output();
});
afterAll(async () => {
  collector.close();
  await issuer.close();
  await sandbox.close();
});

const fault: ServiceFaultName = 'tracestate, baggage or any other header of the caller';

describe(`${fault}: ${serviceFaults[fault]}`, () => {
  it('the API gets traceparent, and nothing else of the caller', () => {
    const requests = sandbox.requests();
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET', 'POST']));
    for (const { method, headers } of requests) {
      expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-01$`));
      expect(headers['traceparent']).not.toContain(callersSpan);
      expect(Object.keys(headers).sort()).toEqual(
        [
          ...['accept', 'accept-encoding', 'connection', 'host', 'traceparent', 'user-agent'],
          ...(method === 'POST' ? ['content-length', 'content-type'] : []),
        ].sort(),
      );
    }
    expect(JSON.stringify(requests)).not.toMatch(/planted|10\.9\.8\.7/);
  });

  it('the issuer of the tokens gets nothing of the caller', () => {
    expect(issuer.downloads).toHaveLength(1);
    expect(JSON.stringify(issuer.downloads)).not.toMatch(
      /planted|10\.9\.8\.7|traceparent|[Bb]earer/,
    );
  });

  it('the collector and the log get nothing of the caller’s headers but the trace', () => {
    expect(collector.spans().length).toBeGreaterThan(3);
    const exported = collector.bodies() + JSON.stringify(collector.headers());
    expect(exported).not.toMatch(/planted|10\.9\.8\.7|[Bb]earer/);
    for (const headers of collector.headers()) {
      expect(Object.keys(headers)).not.toContain('traceparent');
    }
    expect(output).not.toMatch(/planted|10\.9\.8\.7/);
  });

  it('the operation is a child of the caller’s span', () => {
    const operations = collector.spans().filter(({ parentSpanId }) => parentSpanId === callersSpan);
    expect(operations.map(({ name }) => name)).toEqual(['query Page', 'mutation Invite']);
  });
});
