import { afterEach, describe, expect, it } from 'vitest';
import type { Document } from '../../src/sandbox/json.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { appleTokens, type Client, itemsOf, now, startSandbox, windowsTokens } from './client.ts';

const open: Client[] = [];
afterEach(async () => {
  for (const { sandbox } of open.splice(0)) await sandbox.close();
});

const start = async (activitySeconds?: number) => {
  const clock = createManualClock(now.getTime());
  const client = await startSandbox({
    ...(activitySeconds === undefined ? {} : { activitySeconds }),
    clock: () => new Date(clock.epochMs()),
    schedule: clock.schedule,
  });
  open.push(client);
  const tokens = (): Document[] =>
    client.sandbox.organization.platforms.flatMap((store) => [...store.tokens.all()]);
  const before = new Map(tokens().map((token) => [token.id, token]));
  const changes = () => {
    const changed = tokens().filter((token) => token !== before.get(token.id));
    return {
      enrolled: changed.filter(({ state }) => state === 'DONE'),
      created: changed.filter(({ id, state }) => !before.has(id) && state === 'PENDING'),
      revoked: changed.filter(({ state }) => state === 'DELETED'),
      before,
    };
  };
  return { client, clock, changes };
};

describe('activity', () => {
  it('enrolls about one pending token in each interval', async () => {
    const { client, clock, changes } = await start(10);
    await clock.advance(4_999);
    expect(changes().enrolled).toEqual([]);
    await clock.advance(10_001);
    const { enrolled, before } = changes();
    expect(enrolled.length).toBeGreaterThanOrEqual(1);
    for (const token of enrolled) {
      const old = before.get(token.id);
      expect(old).toMatchObject({ state: 'PENDING' });
      expect(Date.parse(String(old?.['expireAt']))).toBeGreaterThan(now.getTime());
      expect(Date.parse(String(token['updatedAt']))).toBeGreaterThan(now.getTime());
      expect(token['winDeviceId'] ?? token['admDevice']).toMatch(/^[a-f\d]{24}$/);
    }
    const listed = await Promise.all(
      [windowsTokens, appleTokens].map((path) =>
        client.call(`${path}?sort=updatedAt:desc&limit=9`),
      ),
    );
    expect(listed.flatMap(itemsOf).map(({ id }) => id)).toEqual(
      expect.arrayContaining(enrolled.map(({ id }) => id)),
    );
    await clock.advance(285_000);
    // 30 intervals of 5 to 15 s. A token can be enrolled and then not be revoked, so none is missing.
    expect(changes().enrolled.length).toBeGreaterThanOrEqual(20);
    expect(changes().enrolled.length).toBeLessThanOrEqual(60);
  });

  it('creates and revokes tokens now and then', async () => {
    const { clock, changes } = await start(10);
    await clock.advance(600_000);
    const { created, revoked } = changes();
    expect(revoked.length).toBeGreaterThan(0);
    expect(created.length).toBeGreaterThan(0);
    for (const token of created) {
      expect(token['createdAt']).toBe(token['updatedAt']);
      expect(Date.parse(String(token['createdAt']))).toBeGreaterThan(now.getTime());
      expect(token['displayName']).toMatch(/ - \S/);
    }
  });

  it('is off by default, and ends when the sandbox closes', async () => {
    const quiet = await start();
    await quiet.clock.advance(600_000);
    expect(quiet.changes()).toMatchObject({ enrolled: [], created: [], revoked: [] });
    const closed = await start(10);
    await closed.client.sandbox.close();
    open.splice(open.indexOf(closed.client), 1);
    await closed.clock.advance(600_000);
    expect(closed.changes()).toMatchObject({ enrolled: [], created: [], revoked: [] });
  });
});
