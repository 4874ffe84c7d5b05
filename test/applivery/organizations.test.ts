import { describe, expect, it } from 'vitest';
import { createOrganizations } from '../../src/applivery/organizations.ts';
import { toCredential } from '../../src/tokens/ports.ts';
import {
  type Answer,
  connect,
  failureOf,
  json,
  organizationId,
  refusal,
  startOperation,
  startServer,
} from './harness.ts';

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

  it('is asked for by slug once', async () => {
    const { server, organizations } = await start(acme);
    const resolve = () => organizations.resolve(startOperation(), 'acme');
    expect(await Promise.all([resolve(), resolve()])).toEqual([organizationId, organizationId]);
    expect(await resolve()).toBe(organizationId);
    expect(server.seen.map(({ url }) => url)).toEqual(['/v1/organizations/acme']);
  });

  it('is asked for anew by a caller with another key', async () => {
    const { server, organizations } = await start((response, request) => {
      const known = request.headers.authorization === 'Bearer key-of-the-caller';
      (known ? acme : refusal(404, 3001))(response, request);
    });
    await organizations.resolve(startOperation(), 'acme');
    const stranger = startOperation({ credential: toCredential('Bearer stranger') });
    const failed = organizations.resolve(stranger, 'acme');
    expect(await failureOf(failed)).toMatchObject({ code: 'NOT_FOUND' });
    expect(server.seen).toHaveLength(2);
  });

  it('that is unknown is asked for again', async () => {
    let known = false;
    const { organizations } = await start((response, request) =>
      (known ? acme : refusal(404, 3001))(response, request),
    );
    const failed = organizations.resolve(startOperation(), 'acme');
    expect(await failureOf(failed)).toMatchObject({ code: 'NOT_FOUND' });
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

  it('is still found for one caller when another who asked first has left', async () => {
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

  it('with an answer that holds no id is a broken contract', async () => {
    const { organizations } = await start(json({ status: true, data: { slug: 'acme' } }));
    const failed = organizations.resolve(startOperation(), 'acme');
    expect(await failureOf(failed)).toMatchObject({ code: 'CONTRACT_BROKEN' });
  });
});
