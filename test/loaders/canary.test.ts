import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInFlight } from '../../src/loaders/in-flight.ts';
import { createLoaders } from '../../src/loaders/index.ts';
import { createLookups } from '../../src/loaders/lookups.ts';
import { shareReads, shareUserReads } from '../../src/loaders/shared-reads.ts';
import { createMemoryLookups } from '../../src/state/memory/lookups.ts';
import { toPlatformKey } from '../../src/tokens/platform.ts';
import {
  createFakeUpstream,
  createOperation,
  organizationId,
  policyId,
  userId,
} from './fake-upstream.ts';

const credentials: readonly string[] = ['Bearer one', 'Bearer two', 'Bearer three'];
const objects = 12;
const ttlMs = 1_000;

const action = fc.record({
  kind: fc.constantFrom('user', 'email', 'policy', 'write', 'clear', 'wait', 'cancel'),
  index: fc.nat(objects - 1),
});

const step = fc.record({
  credential: fc.constantFrom(...credentials),
  actions: fc.array(action, { minLength: 1, maxLength: 8 }),
  /** Whether the next operation begins before this one has ended. */
  overlaps: fc.boolean(),
});

/** Every credential sees other objects, under other names. */
const canSee = (credential: string, id: string): boolean =>
  Number.parseInt(id.slice(-2), 16) % credentials.length !== credentials.indexOf(credential);

describe('all caches together', () => {
  it('never show a caller what only another could read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 12 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        async (steps, delays) => {
          const upstream = createFakeUpstream({ users: objects, policies: objects });
          let calls = 0;
          upstream.hooks.canSee = ({ credential }, id) => canSee(credential, id);
          upstream.hooks.nameFor = ({ credential }, name) => `${name} as ${credential} sees it`;
          upstream.hooks.beforeAnswer = async () => {
            calls += 1;
            for (let turn = delays[calls % delays.length] ?? 0; turn > 0; turn -= 1) {
              await new Promise((resolve) => setImmediate(resolve));
            }
          };
          const clock = { nowMs: 0 };
          const inFlight = createInFlight();
          const platforms = upstream.platforms.map((platform) => shareReads(platform, inFlight));
          const users = shareUserReads(upstream.mdmUsers, inFlight);
          const lookups = createLookups({
            cache: createMemoryLookups({ nowMs: () => clock.nowMs }),
            ttlMs,
            inFlight,
            epochMs: () => clock.nowMs,
          });

          const run = async ({ credential, actions }: (typeof steps)[number]): Promise<void> => {
            const operation = createOperation(credential);
            const loaders = createLoaders({ operation, platforms, users, lookups });
            const check = async (
              id: string,
              load: Promise<{ readonly name: string | null } | null>,
            ): Promise<void> => {
              const outcome = await load.catch(() => null);
              if (outcome === null) return;
              expect(canSee(credential, id)).toBe(true);
              expect(outcome.name).toContain(`as ${credential} sees it`);
            };
            await Promise.all(
              actions.map(async ({ kind, index }): Promise<void> => {
                const platform = toPlatformKey(index % 2 ? 'WINDOWS' : 'APPLE');
                switch (kind) {
                  case 'user':
                    return check(
                      userId(index),
                      loaders.user.load({ organizationId, id: userId(index) }),
                    );
                  case 'email':
                    return check(
                      userId(index),
                      loaders.userByEmail.load({
                        organizationId,
                        email: `User-${index}@example.com`,
                      }),
                    );
                  case 'policy':
                    return check(
                      policyId(index),
                      loaders.policy.load({ platform, organizationId, id: policyId(index) }),
                    );
                  case 'write':
                    await platforms[0]?.bulkCreateTokens(operation, organizationId, [], {
                      sendEmail: false,
                    });
                    return;
                  case 'clear':
                    return loaders.user.clear({ organizationId, id: userId(index) });
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
