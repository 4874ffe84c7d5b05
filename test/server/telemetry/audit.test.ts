import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  at,
  globalId,
  type MutationName,
  startWriteWorld,
  type WriteWorld,
} from '../../graphql/mutations/world.ts';
import { readExposition, scrape } from '../../support/gateway/metrics.ts';
import type { Loose } from '../../support/loose.ts';

const nobody = '5f1b2c3d4e5f6a7b8c9d0e1f';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
afterEach(() => world.sandbox.faults.clear());

/** The metrics' counts of a mutation, by outcome and `replayed`. */
const countsOf = async (mutation: MutationName): Promise<Record<string, number>> => {
  const { samples = [] } =
    readExposition(await scrape(world.url)).get('gateway_mutations_total') ?? {};
  return Object.fromEntries(
    samples
      .filter(({ labels }) => labels['mutation'] === mutation)
      .map(({ labels, value }) => [`${labels['outcome']} ${labels['replayed']}`, value]),
  );
};

let requests = 0;

/** Runs a mutation. Returns its audit line and the counts that changed. */
const audited = async (
  name: MutationName,
  input: object,
  options: Parameters<typeof ask>[3] = {},
) => {
  requests += 1;
  const requestId = `request-${requests}`;
  const before = await countsOf(name);
  const { data } = await ask(world, name, input, {
    ...options,
    headers: { 'x-request-id': requestId },
  });
  const after = await countsOf(name);
  const changed = Object.entries(after).filter(([key, value]) => value !== (before[key] ?? 0));
  const own = world.logged().filter((line) => line.requestId === requestId);
  const [line, ...more]: readonly Loose[] = own.filter(({ msg }) => msg === 'audit');
  expect(more).toEqual([]);
  const operation = own.find(({ msg }) => msg === 'operation');
  expect(line.caller).toBe(operation?.caller);
  expect(line.mutation).toBe(name);
  return {
    line,
    payload: data?.payload,
    counted: Object.fromEntries(changed.map(([key, value]) => [key, value - (before[key] ?? 0)])),
  };
};

/** The line for an ordinary success. Each test overrides the fields that differ. */
const success = () => ({
  organizationId: world.sandbox.organizationId,
  idempotencyKey: null,
  validateOnly: false,
  outcome: 'OK',
  replayed: false,
  tokenId: null,
  success: null,
});

const anyId = expect.stringMatching(/^[a-f\d]{24}$/);
const anyHash = expect.stringMatching(/^[\w-]{20,}$/);

describe.each([
  ['createWindowsEnrollmentToken', 'bulkCreateWindowsEnrollmentTokens'],
  ['createAppleEnrollmentToken', 'bulkCreateAppleEnrollmentTokens'],
] as const)('%s', (single, bulk) => {
  const input = () => ({ userId: at(world.users, 0).id, sendEmail: false });

  test('is logged with the id of its token', async () => {
    const { line, payload, counted } = await audited(single, input());
    const { sourceId } = payload.enrollmentToken;
    expect(line).toMatchObject({ ...success(), tokenId: sourceId });
    expect(line.caller).toMatch(/^[\w-]{16}$/);
    expect(counted).toEqual({ 'OK false': 1 });
  });

  test.each([
    ['false', { validateOnly: false }, false],
    ['true', { validateOnly: true }, true],
    ['true, with a key', { validateOnly: true, idempotencyKey: `checked ${single}` }, true],
  ] as const)('is a dry run where validateOnly is %s', async (_how, asked, isDry) => {
    const { line, counted } = await audited(single, { ...input(), ...asked });
    expect(line).toMatchObject({
      ...success(),
      validateOnly: isDry,
      tokenId: isDry ? null : anyId,
      idempotencyKey: 'idempotencyKey' in asked ? anyHash : null,
    });
    expect(counted).toEqual({ 'OK false': 1 });
  });

  test('is a failed dry run if something is missing', async () => {
    const userId = globalId(world, 'MdmUser', nobody);
    const { line, counted } = await audited(single, { ...input(), userId, validateOnly: true });
    expect(line).toMatchObject({ ...success(), validateOnly: true, outcome: 'NOT_FOUND' });
    expect(counted).toEqual({ 'NOT_FOUND false': 1 });
  });

  test('is replayed from the second call with its key on, and never if it is refused', async () => {
    const idempotencyKey = `CANARY ${single}`;
    const asked = { ...input(), idempotencyKey };
    const first = await audited(single, asked);
    expect(first.line).toMatchObject({ ...success(), tokenId: anyId, idempotencyKey: anyHash });
    expect(first.counted).toEqual({ 'OK false': 1 });

    const again = await audited(single, asked);
    const { tokenId, idempotencyKey: hash } = first.line;
    expect(again.line).toMatchObject({
      ...success(),
      replayed: true,
      tokenId,
      idempotencyKey: hash,
    });
    expect(again.counted).toEqual({ 'OK true': 1 });

    const conflict = await audited(single, { ...asked, displayName: 'Other' });
    expect(conflict.line).toMatchObject({
      ...success(),
      outcome: 'IDEMPOTENCY_CONFLICT',
      idempotencyKey: hash,
    });
    expect(conflict.counted).toEqual({ 'IDEMPOTENCY_CONFLICT false': 1 });

    const other = await audited(single, { ...asked, idempotencyKey: `${idempotencyKey} 2` });
    expect(other.line.idempotencyKey).toEqual(anyHash);
    expect(other.line.idempotencyKey).not.toBe(hash);
    expect(JSON.stringify(world.logged())).not.toContain('CANARY');
  });

  test('has the organization of a slug, and none for an impossible name', async () => {
    const organizationId = world.sandbox.organizationSlug;
    const named = await audited(single, { ...input(), organizationId });
    expect(named.line).toMatchObject({ ...success(), tokenId: anyId });
    const refused = await audited(single, { ...input(), organizationId: '?' });
    expect(refused.line).toMatchObject({
      ...success(),
      organizationId: null,
      outcome: 'INVALID_INPUT',
    });
  });

  test('has the organization of an id also if the input has a fault', async () => {
    const { organizationId } = success();
    const { line } = await audited(single, { ...input(), organizationId, durationSeconds: 1 });
    expect(line).toMatchObject({ ...success(), outcome: 'INVALID_INPUT' });
  });

  test('whose credential the API refuses has that outcome', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401, match: { method: 'POST' } });
    const { line, counted } = await audited(single, input());
    expect(line).toMatchObject({ ...success(), outcome: 'UNAUTHENTICATED' });
    expect(counted).toEqual({ 'UNAUTHENTICATED false': 1 });
  });

  describe('in bulk', () => {
    const bulkInput = () => ({
      userEmails: [at(world.users, 1).email, at(world.users, 2).email],
      sendEmail: false,
    });

    test('is logged with the number of its tokens', async () => {
      const { line, counted } = await audited(bulk, bulkInput());
      expect(line).toMatchObject({ ...success(), success: 2 });
      expect(counted).toEqual({ 'OK false': 1 });
    });

    test('with a malformed address is not a success, and counts the others', async () => {
      const userEmails = [...bulkInput().userEmails, 'nonsense'];
      const { line, counted } = await audited(bulk, { ...bulkInput(), userEmails });
      expect(line).toMatchObject({ ...success(), outcome: 'INVALID_INPUT', success: 2 });
      expect(counted).toEqual({ 'INVALID_INPUT false': 1 });
    });

    test('is a dry run with validateOnly, and replayed with its key', async () => {
      const asked = { ...bulkInput(), idempotencyKey: `bulk ${bulk}` };
      const dry = await audited(bulk, { ...asked, validateOnly: true });
      expect(dry.line).toMatchObject({
        ...success(),
        validateOnly: true,
        success: 0,
        idempotencyKey: anyHash,
      });
      const first = await audited(bulk, asked);
      expect(first.line).toMatchObject({ ...success(), success: 2, idempotencyKey: anyHash });
      const again = await audited(bulk, asked);
      expect(again.line).toMatchObject({
        ...success(),
        replayed: true,
        success: 2,
        idempotencyKey: anyHash,
      });
      expect(again.counted).toEqual({ 'OK true': 1 });
    });
  });
});

describe.each([
  ['updateEnrollmentToken', { displayName: 'Changed' }],
  ['revokeEnrollmentToken', {}],
] as const)('%s', (name, change) => {
  test('is logged with the id of its token', async () => {
    const { id: sourceId } = world.sandbox.addToken('apple');
    const id = globalId(world, 'AppleEnrollmentToken', sourceId);
    const { line, counted } = await audited(name, { id, ...change });
    expect(line).toMatchObject({ ...success(), tokenId: sourceId });
    expect(counted).toEqual({ 'OK false': 1 });
  });

  test('of an unknown token has that outcome', async () => {
    const id = globalId(world, 'AppleEnrollmentToken', nobody);
    const { line } = await audited(name, { id, ...change });
    expect(line).toMatchObject({ ...success(), outcome: 'NOT_FOUND' });
    const odd = await audited(name, { id: 'x', ...change });
    expect(odd.line).toMatchObject({
      ...success(),
      organizationId: null,
      outcome: 'INVALID_INPUT',
    });
    expect(odd.counted).toEqual({ 'INVALID_INPUT false': 1 });
  });
});
