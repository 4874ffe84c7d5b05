import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { PendingWork } from './pending-work.ts';

/** The times of a drain, in milliseconds from the SIGTERM that begins it. */
export const drainTimes = {
  /**
   * New connections are accepted for this time if requests are in progress: a balancer learns only from the readiness
   * route that this replica leaves.
   */
  acceptMs: 5_000,
  /** Requests in progress may finish until then. */
  maxMs: 24_000,
  /** The drain ends early if nothing is in progress and no request has come for this time. */
  idleMs: 250,
  /** After the drain: the limit for closing the connections to the API and to Redis. */
  closeMs: 500,
} as const;

/** Resolves when no request is in progress, or after 24 s. Closes the port. */
export const drainServer = async (
  server: Server,
  whenIdle: PendingWork['whenIdle'],
): Promise<void> => {
  const { acceptMs, maxMs, idleMs } = drainTimes;
  const isOver = delay(maxMs);
  const isIdle = await Promise.race([
    whenIdle(idleMs).then(() => true),
    delay(acceptMs).then(() => false),
  ]);
  server.close();
  if (!isIdle) await Promise.race([whenIdle(idleMs), isOver]);
};
