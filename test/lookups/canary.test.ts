import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotFoundError, UpstreamUnavailableError } from '../../src/domain/errors.ts';
import { toPlatformKey } from '../../src/domain/platform-key.ts';
import { createLoaders } from '../../src/lookups/loaders.ts';
import { sharePlatformReads, shareUserReads } from '../../src/sharing/platform-reads.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import { createMemoryLookupCache } from '../../src/state/memory/lookup-cache.ts';
import { settled } from '../support/time/manual-clock.ts';
import {
  createFakeUpstream,
  createOperation,
  elsewhere,
  organizationId,
  policyId,
  userId,
} from './fake-upstream.ts';
import { createTestLookups } from './lookup-settings.ts';

const credentials: readonly string[] = ['Bearer one', 'Bearer two', 'Bearer three'];
const objects = 12;
const ttlMs = 1_000;

const action = fc.record({
  kind: fc.constantFrom('user', 'email', 'WINDOWS', 'APPLE', 'write', 'wait', 'cancel'),
  index: fc.nat(objects - 1),
  // One operation reads both.
  organizationId: fc.constantFrom(organizationId, elsewhere),
});

const step = fc.record({
  credential: fc.constantFrom(...credentials),
  actions: fc.array(action, { minLength: 1, maxLength: 8 }),
  /** Whether the next operation starts before this one has ended. */
  overlaps: fc.boolean(),
});

/** Each credential sees different objects, with different names in each organization. */
const canSee = (credential: string, id: string): boolean =>
  Number.parseInt(id.slice(-2), 16) % credentials.length !== credentials.indexOf(credential);
const nameFor = (credential: string, name: string | null, organization: string): string =>
  `${name} of ${organization} as ${credential} sees it`;

describe('all caches together', () => {
  it('show each caller only objects that it can read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 12 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        async (steps, delays) => {
          const upstream = createFakeUpstream({ users: objects, policies: objects });
          let calls = 0;
          upstream.hooks.canSee = ({ credential }, id) => canSee(credential, id);
          upstream.hooks.nameFor = ({ credential }, name, organization) =>
            nameFor(credential, name, organization);
          upstream.hooks.beforeAnswer = async (call, { signal }) => {
            calls += 1;
            for (let turn = delays[calls % delays.length] ?? 0; turn > 0; turn -= 1) {
              await settled();
            }
            if (!call.endsWith('/bulk')) signal.throwIfAborted();
          };
          const clock = { nowMs: 0 };
          const sharedReads = createSharedReads();
          const platforms = upstream.platforms.map((platform) =>
            sharePlatformReads(platform, sharedReads),
          );
          const users = shareUserReads(upstream.mdmUsers, sharedReads);
          const lookups = createTestLookups({
            cache: createMemoryLookupCache(() => clock.nowMs),
            ttlMs,
            sharedReads,
            epochMs: () => clock.nowMs,
          });

          const run = async ({ credential, actions }: (typeof steps)[number]): Promise<void> => {
            const operation = createOperation(credential);
            const loaders = createLoaders({ operation, platforms, users, lookups });
            /** Checks an outcome. Only a cancelled operation may fail for an object that its caller can see. */
            const check = async (
              { index, organizationId: organization }: (typeof actions)[number],
              kind: string,
              id: string,
              load: Promise<{ readonly name: string | null } | null>,
            ): Promise<void> => {
              const outcome = await load.catch((error: unknown) => error);
              if (operation.signal.aborted && outcome instanceof UpstreamUnavailableError) {
                expect(outcome.reason).toBe('aborted');
              } else if (canSee(credential, id)) {
                const name = nameFor(credential, `${kind} ${index}`, organization);
                expect(outcome).toMatchObject({ name, organizationId: organization });
              } else if (outcome !== null) {
                expect(outcome).toBeInstanceOf(NotFoundError);
              }
            };
            await Promise.all(
              actions.map(async (one): Promise<void> => {
                const { kind, index, organizationId: organization } = one;
                const within = { organizationId: organization };
                switch (kind) {
                  case 'user': {
                    const id = userId(index);
                    return check(one, 'User', id, loaders.user.load({ ...within, id }));
                  }
                  case 'email': {
                    const email = `User-${index}@example.com`;
                    const load = loaders.userByEmail.load({ ...within, email });
                    return check(one, 'User', userId(index), load);
                  }
                  case 'WINDOWS':
                  case 'APPLE': {
                    const id = policyId(index);
                    const platform = toPlatformKey(kind);
                    const load = loaders.policy.load({ ...within, platform, id });
                    return check(one, `${kind} policy`, id, load);
                  }
                  case 'write':
                    await platforms[0]?.bulkCreateTokens(operation, organization, [], {
                      sendEmail: false,
                    });
                    return;
                  case 'wait':
                    clock.nowMs += (ttlMs * index) / 4;
                    return;
                  case 'cancel':
                    if (index === 0) operation.controller.abort();
                    return;
                  default:
                    return kind satisfies never;
                }
              }),
            );
          };

          const running: Promise<void>[] = [];
          for (const one of steps) {
            running.push(run(one));
            if (!one.overlaps) await Promise.all(running);
          }
          await Promise.all(running);
        },
      ),
      { numRuns: 60 },
    );
  });
});
