import { beforeEach, describe, expect, it } from 'vitest';
import { UnauthenticatedError } from '../../../src/domain/errors.ts';
import { toCredential } from '../../../src/domain/operation.ts';
import { createCredentials } from '../../../src/rest/admission/credentials.ts';
import type { Release } from '../../../src/rest/admission/slots.ts';
import { createUnacceptedCredentialLimit } from '../../../src/rest/admission/unaccepted-credential-limit.ts';
import { settled } from '../../support/time/manual-clock.ts';
import { createTestClock, failureOf } from '../harness.ts';

const [one, other, third] = ['Bearer one', 'Bearer other', 'Bearer third'].map(toCredential);
if (one === undefined || other === undefined || third === undefined) expect.unreachable();

/** Allows one call at a time with all unaccepted credentials together. */
const start = () => {
  const credentials = createCredentials((text) => text, createTestClock());
  const enterCall = createUnacceptedCredentialLimit({
    credentials,
    concurrency: 2,
    quotaBurst: 100,
  });
  const enter = (credential = one, signal = new AbortController().signal): Promise<Release> =>
    enterCall(credential, {
      owner: {},
      group: 'any circuit',
      signal,
      toError: (why) => new Error(why),
    });
  return { credentials, enter };
};

describe('a call with a credential that is not accepted', () => {
  let world: ReturnType<typeof start>;
  let leave: Release;

  beforeEach(async () => {
    world = start();
    leave = await world.enter();
  });

  it('releases the permit of its credential if its client leaves while it waits', async () => {
    for (let count = 0; count < 10; count += 1) {
      const leaving = new AbortController();
      const left = failureOf(world.enter(other, leaving.signal));
      await settled();
      leaving.abort();
      expect(await left).toMatchObject({ message: 'aborted' });
    }
    leave();
    (await world.enter(other))();
  });

  it('is not made if the credential was refused while it waited', async () => {
    const waiting = failureOf(world.enter(other));
    await settled();
    const refusal = new UnauthenticatedError('No.');
    world.credentials.refuse(other, refusal);
    leave();
    expect(await waiting).toBe(refusal);
    (await world.enter(third))();
  });

  it('releases its permits at once if the credential was accepted while it waited', async () => {
    const waiting = world.enter(other);
    await settled();
    world.credentials.accept(other);
    leave();
    const leaveOther = await waiting;
    const leaveThird = await world.enter(third);
    leaveOther();
    leaveThird();
  });
});
