import { describe, expect, it } from 'vitest';
import { createOrganizations } from '../../src/applivery/organizations.ts';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import { CostLimitError } from '../../src/domain/errors.ts';
import { toCredential } from '../../src/domain/operation.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import {
  type Answer,
  connect,
  failureOf,
  json,
  organizationId,
  refusal,
  startOperation,
  startServer,
} from '../rest/harness.ts';
import { shiftClock } from '../support/time/shifted-clock.ts';

const acme = json({ status: true, data: { id: organizationId.toUpperCase(), slug: 'acme' } });

const start = async (answer: Answer) => {
  const server = await startServer(answer);
  return { server, organizations: createOrganizations(connect(server.baseUrl)) };
};

describe('an organization', () => {
  it('passes by id without a call, in lower case', async () => {
    const { server, organizations } = await start(acme);
    const id = await organizations.resolve(startOperation(), organizationId.toUpperCase());
    expect(id).toBe(organizationId);
    expect(server.seen).toEqual([]);
  });

  it('is looked up by slug once', async () => {
    const { server, organizations } = await start(acme);
    const resolve = () => organizations.resolve(startOperation(), 'acme');
    expect(await Promise.all([resolve(), resolve()])).toEqual([organizationId, organizationId]);
    expect(await resolve()).toBe(organizationId);
    expect(server.seen.map(({ url }) => url)).toEqual(['/v1/organizations/acme']);
  });

  it('is looked up again by slug after an hour, as the slug may belong to another one', async () => {
    const clock = shiftClock();
    const other = 'f'.repeat(24);
    let answer: Answer = acme;
    const { server, organizations } = await start((response, request) => answer(response, request));
    const resolve = () => organizations.resolve(startOperation(), 'acme');
    await resolve();
    answer = (response) => response.destroy();
    await clock.advance(3_599_000);
    expect(await resolve()).toBe(organizationId);
    await clock.advance(2_000);
    const calls = server.seen.length;
    expect(await failureOf(resolve())).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(server.seen.length).toBeGreaterThan(calls);
    answer = json({ status: true, data: { id: other } });
    expect(await resolve()).toBe(other);
  });

  it('with another slug is another one', async () => {
    const { organizations } = await start((response, request) => {
      const id = request.url.endsWith('/acme') ? organizationId : 'f'.repeat(24);
      json({ status: true, data: { id } })(response, request);
    });
    expect(await organizations.resolve(startOperation(), 'acme')).toBe(organizationId);
    expect(await organizations.resolve(startOperation(), 'other')).toBe('f'.repeat(24));
    expect(await organizations.resolve(startOperation(), 'acme')).toBe(organizationId);
  });

  it('is looked up again for a caller with another key', async () => {
    const { server, organizations } = await start((response, request) => {
      const known = request.headers.authorization === 'Bearer key-of-the-caller';
      (known ? acme : refusal(404, 3001))(response, request);
    });
    await organizations.resolve(startOperation(), 'acme');
    const call = startOperation({ credential: toCredential('Bearer call') });
    const failed = organizations.resolve(call, 'acme');
    expect(await failureOf(failed)).toMatchObject({ code: 'NOT_FOUND' });
    expect(server.seen).toHaveLength(2);
  });

  it('that is unknown is looked up again', async () => {
    let known = false;
    const { server, organizations } = await start((response, request) =>
      (known ? acme : refusal(404, 3001))(response, request),
    );
    const failed = [1, 2].map(() => organizations.resolve(startOperation(), 'acme'));
    for (const one of failed) expect(await failureOf(one)).toMatchObject({ code: 'NOT_FOUND' });
    expect(server.seen).toHaveLength(1);
    known = true;
    expect(await organizations.resolve(startOperation(), 'acme')).toBe(organizationId);
  });

  it.each([
    '',
    'ab',
    '../etc',
    'a b c',
    'acme\n',
  ])('is refused without a call: %j', async (name) => {
    const { server, organizations } = await start(acme);
    expect(await failureOf(organizations.resolve(startOperation(), name))).toMatchObject({
      code: 'INPUT_REJECTED',
      faults: [{ path: ['organizationId'] }],
    });
    expect(server.seen).toEqual([]);
  });

  it('is still found for one caller if another one who asked first has left', async () => {
    const leaving = new AbortController();
    const { server, organizations } = await start((response, request) => {
      if (leaving.signal.aborted) acme(response, request);
      else leaving.abort();
    });
    const first = organizations.resolve(startOperation({ signal: leaving.signal }), 'acme');
    const second = organizations.resolve(startOperation(), 'acme');
    expect(await failureOf(first)).toMatchObject({ reason: 'aborted' });
    expect(await second).toBe(organizationId);
    expect(server.seen).toHaveLength(2);
  });

  it('is still found if another one who asked first has no time or no calls left', async () => {
    let isSilent = true;
    const { organizations } = await start((response, request) => {
      if (!isSilent) acme(response, request);
    });
    const hasty = organizations.resolve(
      startOperation({ deadlineMs: performance.now() + 200 }),
      'acme',
    );
    const second = organizations.resolve(startOperation(), 'acme');
    expect(await failureOf(hasty)).toMatchObject({ reason: 'timeout' });
    isSilent = false;
    expect(await second).toBe(organizationId);

    const poor = organizations.resolve(
      startOperation({ allowance: createCallAllowance(0) }),
      'other',
    );
    const third = organizations.resolve(startOperation(), 'other');
    expect(await failureOf(poor)).toBeInstanceOf(CostLimitError);
    expect(await third).toBe(organizationId);
  });

  it('is not waited for beyond the time of a caller that joined, and is found by the one who asked first', async () => {
    const joined = new AbortController();
    const { server, organizations } = await start((response, request) => {
      joined.abort();
      setTimeout(() => acme(response, request), 20);
    });
    const first = organizations.resolve(startOperation(), 'acme');
    const second = organizations.resolve(startOperation({ signal: joined.signal }), 'acme');
    expect(await failureOf(second)).toMatchObject({ reason: 'aborted' });
    expect(await first).toBe(organizationId);
    expect(server.seen).toHaveLength(1);
  });

  it('exists unless the API says that there is none', async () => {
    let answer: Answer = acme;
    const { organizations } = await start((response, request) => answer(response, request));
    const exists = () => organizations.exists(startOperation(), toOrganizationId(organizationId));
    expect(await exists()).toBe(true);
    answer = refusal(403, 4003);
    expect(await exists()).toBe(true);
    answer = refusal(404, 3001);
    expect(await exists()).toBe(false);
  });

  it('with an answer that holds no id is a broken contract', async () => {
    const { organizations } = await start(json({ status: true, data: { slug: 'acme' } }));
    const failed = organizations.resolve(startOperation(), 'acme');
    expect(await failureOf(failed)).toMatchObject({ code: 'CONTRACT_BROKEN' });
  });
});
