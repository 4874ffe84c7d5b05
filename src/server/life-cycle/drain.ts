import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { PendingWork } from './pending-work.ts';

/** How a process that was told to end lets its requests finish, in milliseconds from the signal. */
export const drainTimes = {
  /**
   * New connections are accepted for so long while requests are in progress: a balancer learns only from the readiness
   * route that this replica leaves.
   */
  acceptMs: 5_000,
  /** Requests in progress are waited for until then. */
  maxMs: 24_000,
  /** The drain ends as soon as nothing is in progress, and nothing has come for so long. */
  idleMs: 250,
  /** After that: how long the closing of connections to others may take. */
  closeMs: 500,
} as const;

/** Resolves when no request is in progress any more, or after 24 s. The port is closed then. */
export const drainServer = async (
  server: Server,
  whenQuiet: PendingWork['whenIdle'],
): Promise<void> => {
  const { acceptMs, maxMs: longestMs, idleMs } = drainTimes;
  const isOver = delay(longestMs);
  const isQuiet = await Promise.race([
    whenQuiet(idleMs).then(() => true),
    delay(acceptMs).then(() => false),
  ]);
  server.close();
  if (!isQuiet) await Promise.race([whenQuiet(idleMs), isOver]);
};
