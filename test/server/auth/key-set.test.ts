import { errors, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createKeySet,
  KeySetUnavailableError,
  keySetTimes,
} from '../../../src/server/auth/key-set.ts';
import { eventually } from '../../support/time/eventually.ts';
import { type Issuer, startIssuer } from './callers.ts';
import { type ServiceFaultName, serviceFaults } from './service-faults.ts';

let issuer: Issuer;
/** The clock of the key sets, in milliseconds. */
let nowMs = 0;

/** Downloads end after a second. Pauses are measured with the clock above. */
const times = { ...keySetTimes, download: 1_000, patience: 20 };
const endless = { ...times, download: 60_000 };
const patient = { ...endless, patience: 60_000 };

const hang = (): void => {};

/** Verifies tokens of the issuer with a new key set. */
const start = (given = endless) => {
  const onFailure = vi.fn();
  const keys = createKeySet(issuer.url, { nowMs: () => nowMs, onFailure, times: given });
  return {
    onFailure,
    /** Resolves with the subject of a token that is signed with the issuer's key and names this key id. */
    verify: async (keyId: string): Promise<string | undefined> => {
      const authorization = await issuer.sign({ keyId });
      const { payload } = await jwtVerify(authorization.replace('Bearer ', ''), keys);
      return payload.sub;
    },
  };
};

const outcomeOf = async (answer: Promise<unknown>): Promise<unknown> => {
  try {
    return await answer;
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
};

const unavailable = new KeySetUnavailableError().name;
const noKey = new errors.JWKSNoMatchingKey().name;

const named = (name: ServiceFaultName): string => `${name}: ${serviceFaults[name]}`;

beforeEach(async () => {
  nowMs = 1_000_000;
  issuer = await startIssuer();
});
afterEach(() => issuer.close());

const many = Array.from({ length: 20 }, (_, index) => index);

describe('keys that are known', () => {
  it('are used at once if they are old and the endpoint hangs; one download is started', async () => {
    const { verify } = start(endless);
    expect(await verify('first')).toBe('ana');
    issuer.behave(hang);
    nowMs += times.maxAge;
    expect(await Promise.all(many.map(() => verify('first')))).toEqual(many.map(() => 'ana'));
    await eventually(() => expect(issuer.downloads).toHaveLength(2));
  });

  it('are not downloaded again before they are old', async () => {
    const { verify } = start();
    await verify('first');
    nowMs += times.maxAge - 1;
    await verify('first');
    expect(issuer.downloads).toHaveLength(1);
  });

  it('are downloaded again in the background, and withdrawn keys are then refused', async () => {
    const { verify } = start();
    await verify('first');
    issuer.behave((response) => response.end('{"keys":[]}'));
    nowMs += times.maxAge;
    expect(await verify('first')).toBe('ana');
    await eventually(async () => expect(await outcomeOf(verify('first'))).toBe(noKey));
    expect(issuer.downloads).toHaveLength(2);
  });

  it.each<[string, Parameters<Issuer['behave']>[0]]>([
    ['hangs', hang],
    ['hangs within its answer', (response) => response.write('{"keys":[')],
    ['fails', (response) => response.writeHead(500).end()],
    ['answers something else', (response) => response.end('<html>')],
    ['answers another JSON', (response) => response.end('{}')],
  ])('stay in use while the endpoint %s, and are asked for once a cooldown', async (_how, how) => {
    const { verify, onFailure } = start(times);
    await verify('first');
    issuer.behave(how);
    nowMs += times.maxAge;
    for (const failures of [1, 2, 3]) {
      await verify('first');
      await eventually(() => expect(onFailure).toHaveBeenCalledTimes(failures));
      for (const _ of many) expect(await verify('first')).toBe('ana');
      expect(issuer.downloads).toHaveLength(1 + failures);
      nowMs += times.cooldown;
    }
  });
});

describe('a token of an unknown key', () => {
  it('waits for a download, and is accepted if the issuer has published its key since', async () => {
    const { verify } = start();
    await verify('first');
    const [own] = (await (await fetch(issuer.url)).json()).keys;
    issuer.publish([{ ...own, kid: 'second' }]);
    nowMs += times.cooldown;
    expect(await verify('second')).toBe('ana');
  });

  it('starts at most one download in each cooldown, for any number of tokens', async () => {
    const { verify } = start();
    await verify('first');
    for (const round of [1, 2, 3]) {
      nowMs += times.cooldown;
      const answers = many.map((index) => outcomeOf(verify(`${round}-${index}`)));
      expect(await Promise.all(answers)).toEqual(many.map(() => noKey));
      for (const index of many) {
        expect(await outcomeOf(verify(`${round}-later-${index}`))).toBe(noKey);
      }
      expect(issuer.downloads).toHaveLength(1 + round);
    }
  });

  it(named('random key ids while the key endpoint hangs'), async () => {
    const { verify } = start(times);
    await verify('first');
    issuer.behave(hang);
    nowMs += times.cooldown;
    const answers = many.map((index) => outcomeOf(verify(`unknown-${index}`)));
    expect(await verify('first')).toBe('ana');
    expect(await Promise.all(answers)).toEqual(many.map(() => unavailable));
    expect(issuer.downloads).toHaveLength(2);
    for (const index of many) {
      expect(await outcomeOf(verify(`later-${index}`))).toBe(unavailable);
    }
    expect(issuer.downloads).toHaveLength(2);
  });
});

describe('keys that were never obtained', () => {
  it(named('the key endpoint hangs from the start'), async () => {
    issuer.behave(hang);
    const { verify, onFailure } = start(times);
    const answers = many.map(() => outcomeOf(verify('first')));
    expect(await Promise.all(answers)).toEqual(many.map(() => unavailable));
    expect(issuer.downloads).toHaveLength(1);
    expect(onFailure).toHaveBeenCalledTimes(1);
    for (const _ of many) expect(await outcomeOf(verify('first'))).toBe(unavailable);
    expect(issuer.downloads).toHaveLength(1);
  });

  it('are waited for only shortly after a failed download', async () => {
    issuer.behave((response) => response.writeHead(503).end());
    const { verify } = start(endless);
    expect(await outcomeOf(verify('first'))).toBe(unavailable);
    issuer.behave(hang);
    nowMs += times.retry;
    const answers = many.map(() => outcomeOf(verify('first')));
    expect(await Promise.all(answers)).toEqual(many.map(() => unavailable));
    expect(issuer.downloads).toHaveLength(2);
  });

  it('are known as soon as the endpoint answers', async () => {
    issuer.behave((response) => response.writeHead(503).end());
    const { verify } = start(patient);
    expect(await outcomeOf(verify('first'))).toBe(unavailable);
    issuer.publish([]);
    nowMs += times.retry;
    expect(await Promise.all(many.map(() => verify('first')))).toEqual(many.map(() => 'ana'));
    expect(issuer.downloads).toHaveLength(2);
  });
});
