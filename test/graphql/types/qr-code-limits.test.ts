import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { settled } from '../../support/time/manual-clock.ts';
import { type DrawingFault, drawingCases, drawingFaults, refusedBefore } from './qr-code-cases.ts';

const nameOf = (name: DrawingFault): string => `${name} gives ${drawingFaults[name]}`;

const maxPixels = 4 * 1024 * 1024;

describe('QR codes of the built gateway with a heap of 256 MB', { timeout: 60_000 }, () => {
  let sandbox: Sandbox;
  let gateway: ReadyGateway;
  let ask: Gateway['ask'];
  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 100, policies: 16 });
    const { baseUrl } = await sandbox.listen();
    gateway = await startReadyGateway({
      NODE_OPTIONS: '--max-old-space-size=256',
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    });
    ask = createAsk(new URL('/graphql', gateway.url).href, `Bearer ${sandbox.apiKey}`);
  });
  afterAll(async () => {
    expect(await gateway.stop()).toBe(0);
    await sandbox.close();
  });
  beforeEach(() => sandbox.clearRequests());

  const idOf = (sourceId: string): string =>
    encodeTypeAndKey('WindowsEnrollmentToken', `${sandbox.organizationId}:${sourceId}`);

  it.each(drawingCases)(`$name give ${refusedBefore}, and no call`, async ({
    query,
    ids,
    pixels,
    path,
  }) => {
    const variables = { ids: Array.from({ length: ids ?? 0 }, () => idOf('0'.repeat(24))) };
    const { status, data, errors } = await ask(query, {
      ...(ids !== undefined && { variables }),
      headers: { accept: 'application/graphql-response+json' },
    });
    expect(errors).toHaveLength(1);
    expect(`${status} ${errors[0]?.extensions['code']}`).toBe(refusedBefore);
    expect(errors[0]?.extensions).toMatchObject({ estimatedPixels: pixels, maxPixels });
    expect(errors[0]?.message).toContain(`QR codes of ${pixels} pixels`);
    expect(errors[0]?.message).toContain(`at most ${maxPixels} are allowed`);
    expect(errors[0]?.message).toContain(`${path} has `);
    expect(errors[0]?.message).toContain('ask for a smaller size, for smaller pages');
    expect(data).toBeNull();
    expect(sandbox.requests()).toEqual([]);
  });

  it.each([
    ['25', 'SVG', 'enrollmentTokens(first: 25) { nodes { code: enrollmentQrCode } }'],
    [
      '25',
      'PNG_DATA_URL',
      'enrollmentTokens(first: 25) { nodes { code: enrollmentQrCode(format: PNG_DATA_URL) } }',
    ],
    [
      '64',
      'PNG_DATA_URL',
      'enrollmentTokens(first: 64) { nodes { code: enrollmentQrCode(format: PNG_DATA_URL) } }',
    ],
    ['4', 'SVG', 'enrollmentTokens(first: 4) { nodes { code: enrollmentQrCode(size: 1024) } }'],
  ])('%s codes as %s are drawn, and probes are answered between them', async (count, format, field) => {
    let isDone = false;
    const answer = ask(`{ ${field} }`).finally(() => {
      isDone = true;
    });
    let probes = 0;
    // The calls to the API are made before the first code is drawn.
    while (sandbox.requests().length === 0) await settled();
    while (!isDone) {
      const { status } = await fetch(new URL('/health/live', gateway.url));
      expect(status).toBe(200);
      probes += 1;
    }
    const { data, errors } = await answer;
    expect(errors).toEqual([]);
    const codes = data.enrollmentTokens.nodes.map(({ code }: { code: string }) => code);
    expect(codes).toHaveLength(Number(count));
    const beginning = format === 'SVG' ? '<svg ' : 'data:image/png;base64,';
    for (const code of codes) expect(code.startsWith(beginning)).toBe(true);
    // A gateway that draws all codes at once answers one or two: those that arrive with the answers of the API.
    if (Number(count) >= 25) expect(probes).toBeGreaterThan(4);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'skipped fields',
      { codes: false },
      'query($codes: Boolean!) { enrollmentTokens(first: 100) { nodes { id enrollmentQrCode @include(if: $codes) } } }',
    ],
    [
      'skipped fragments',
      { codes: false },
      `query($codes: Boolean!) { enrollmentTokens(first: 100) { nodes { id ...Codes @include(if: $codes) ... @include(if: $codes) { b: enrollmentQrCode } } } }
        fragment Codes on EnrollmentToken { enrollmentQrCode }`,
    ],
    [
      'sizes in variables',
      { size: 64 },
      'query($size: Int!) { enrollmentTokens(first: 100) { nodes { enrollmentQrCode(size: $size) } } }',
    ],
    [
      'one field in two fragments',
      {},
      `{ enrollmentTokens(first: 40) { nodes { ...A ...B } } }
        fragment A on EnrollmentToken { enrollmentQrCode } fragment B on EnrollmentToken { enrollmentQrCode }`,
    ],
  ])('are counted as they are asked for: %s', async (_name, variables, query) => {
    const { errors, data } = await ask(query, { variables });
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.nodes).not.toEqual([]);
  });

  it('of a size that is refused take no time', async () => {
    const { errors, data } = await ask(
      '{ enrollmentTokens(first: 10) { nodes { id enrollmentQrCode(size: 100000) } } }',
    );
    expect(data.enrollmentTokens.nodes).toHaveLength(10);
    expect(new Set(errors.map(({ extensions }) => extensions['code']))).toEqual(
      new Set(['BAD_USER_INPUT']),
    );
  });

  it(nameOf('more codes than estimated'), async () => {
    const policies = sandbox.platform('windows').policies.all();
    expect(policies).toHaveLength(8);
    const parent = sandbox.addToken('windows', {
      createdAt: '2001-01-01T00:00:00.000Z',
      winPolicyAssignments: policies.map(({ id }, priority) => ({ winPolicyId: id, priority })),
    });
    policies.forEach(({ id }, index) => {
      sandbox.addToken('windows', {
        createdAt: '2100-01-01T00:00:00.000Z',
        winPolicyAssignments: [{ winPolicyId: id, priority: 1 }],
        enrollmentLink: `https://mdm.example.com/enroll/CANARY-${index}`,
      });
    });
    const { data, errors } = await ask(
      `query($id: ID!) { enrollmentToken(id: $id) { policyAssignments { policy {
        enrollmentTokens(first: 1) { nodes { id enrollmentQrCode(size: 1024) } } } } } }`,
      { variables: { id: idOf(parent.id) } },
    );
    const codes = data.enrollmentToken.policyAssignments.map(
      ({ policy }: any) => policy.enrollmentTokens.nodes[0].enrollmentQrCode,
    );
    expect(codes).toHaveLength(8);
    expect(codes.filter((code: string | null) => code !== null)).toHaveLength(4);
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual(
      Array.from({ length: 4 }, () => 'COST_LIMIT_EXCEEDED'),
    );
    for (const { message } of errors) expect(message).toContain(String(maxPixels));
    expect(JSON.stringify(errors)).not.toContain('CANARY');
  });

  it(nameOf('a size that is too small for the link'), async () => {
    const { id } = sandbox.addToken('windows', {
      enrollmentLink: `https://mdm.example.com/CANARY/${'x'.repeat(400)}`,
    });
    const query = `query($id: ID!, $size: Int!) { enrollmentToken(id: $id) {
      SVG: enrollmentQrCode(size: $size) PNG: enrollmentQrCode(size: $size, format: PNG_DATA_URL) } }`;
    const small = await ask(query, { variables: { id: idOf(id), size: 64 } });
    expect(small.data.enrollmentToken).toEqual({ SVG: null, PNG: null });
    expect(small.errors).toHaveLength(2);
    const fitting = Number(/at least (\d+) pixels/.exec(small.errors[0]?.message ?? '')?.[1]);
    for (const { message, extensions } of small.errors) {
      expect(extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        faults: [{ path: ['size'], message }],
      });
      expect(message).toContain(`at least ${fitting} pixels`);
      expect(message).not.toContain('CANARY');
    }
    const below = await ask(query, { variables: { id: idOf(id), size: fitting - 1 } });
    expect(below.errors).toHaveLength(2);
    const enough = await ask(query, { variables: { id: idOf(id), size: fitting } });
    expect(enough.errors).toEqual([]);
  });

  it(nameOf('a link that no QR code can hold'), async () => {
    const link = `https://mdm.example.com/CANARY/${'x'.repeat(2_953)}`;
    const { id } = sandbox.addToken('windows', { enrollmentLink: link });
    const { data, errors } = await ask(
      'query($id: ID!) { enrollmentToken(id: $id) { enrollmentLink enrollmentQrCode(size: 1024) } }',
      { variables: { id: idOf(id) } },
    );
    expect(data.enrollmentToken).toEqual({ enrollmentLink: link, enrollmentQrCode: null });
    expect(errors.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['enrollmentToken', 'enrollmentQrCode'], 'UPSTREAM_INVALID_RESPONSE'],
    ]);
    expect(errors[0]?.message).toContain('Ask for enrollmentLink');
    expect(errors[0]?.message).not.toContain('CANARY');
  });
});
