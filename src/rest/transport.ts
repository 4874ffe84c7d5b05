import { setMaxListeners } from 'node:events';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { z } from 'zod';
import { describeFailure } from '../applivery/failure-report.ts';
import { type Clock, sleep, systemClock } from '../domain/clock.ts';
import { UnauthenticatedError } from '../domain/errors.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import { type Credential, type Operation, withCause } from '../domain/operation.ts';
import type { QuotaStore } from '../domain/quota.ts';
import { createTaskQueue } from '../domain/task-queue.ts';
import { type Admission, circuitOf, createGate } from './admission/admission.ts';
import { createCredentials, ownCredential } from './admission/credentials.ts';
import { createAttempt, type Received } from './attempt.ts';
import { createDispatcher } from './dispatcher.ts';
import type { OnTransportEvent } from './events.ts';
import { limits } from './limits.ts';
import { type RequestTarget, targetOf, type UpstreamRequest } from './request.ts';
import { createRetryBudget, retryDelayMs } from './retry.ts';
import { aborted, contractBroken } from './troubles.ts';

export type { UpstreamRequest } from './request.ts';

/** One exchange with the REST API, done well. */
export interface Transport {
  /**
   * Sends a request and returns the envelope's `data`, parsed by the schema. Throws the errors of tokens/errors.ts.
   */
  exchange<Data>(
    operation: Operation,
    request: UpstreamRequest,
    schema: z.core.$ZodType<Data>,
  ): Promise<Data>;
}

export interface ClosableTransport extends Transport {
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
  /** Whether the API has accepted the credential, in this process and not long ago. */
  isAccepted(credential: Credential): boolean;
  /** Resolves when the calls under way have ended. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** One attempt, headers and body; cut to what is left of the operation. */
  readonly upstreamTimeoutMs: number;
  /** Calls in flight at once; more wait, within a bound. */
  readonly concurrency: number;
  /** Bytes of an answer, before and after decompression. Default: 16 MiB. */
  readonly maxResponseBytes?: number;
  /** The organizations' quotas; without it none is kept. */
  readonly quota?: QuotaStore;
  /** Requests of a quota that may go at once. Default: any number. */
  readonly quotaBurst?: number;
  /**
   * Names the credentials of callers in the memory of what the API said of them. Null: all calls carry the gateway's own
   * key, and a refusal of that is not remembered.
   */
  readonly hashCredential: KeyedHash | null;
  readonly onEvent?: OnTransportEvent;
  readonly clock?: Clock;
  /** From 0 to 1; spreads retries. */
  readonly random?: () => number;
}

const isHeaderValue = (value: string): boolean => /^[\x21-\x7e][\x20-\x7e]*$/.test(value);

const readCredential = (operation: Operation): Credential => {
  const { credential } = operation;
  if (isHeaderValue(credential)) return credential;
  throw new UnauthenticatedError('The credential holds characters that no header can carry.');
};

/** A transport over one pool of connections to the API, with its queue, quota, circuit breakers and retries. */
export const createTransport = (options: TransportOptions): ClosableTransport => {
  const {
    maxResponseBytes = limits.answer.maxBytes,
    clock = systemClock,
    random = Math.random,
    onEvent = () => {},
  } = options;
  const dispatcher = createDispatcher({
    baseUrl: options.baseUrl,
    connections: options.concurrency,
    connectTimeoutMs: Math.min(options.upstreamTimeoutMs, limits.answer.connectMs),
    maxResponseBytes,
    clock,
  });
  const inTurn = createTaskQueue();
  const attempt = createAttempt({
    dispatcher,
    timeoutMs: options.upstreamTimeoutMs,
    maxResponseBytes,
    takeTurn: () => inTurn(() => nextIteration()),
    clock,
  });
  const credentials =
    options.hashCredential === null
      ? ownCredential
      : createCredentials(options.hashCredential, clock);
  const gate = createGate({
    concurrency: options.concurrency,
    quota: options.quota,
    quotaBurst: options.quotaBurst ?? Number.POSITIVE_INFINITY,
    credentials,
    onEvent,
    clock,
  });
  const retryBudget = createRetryBudget(clock);

  /** The wait before a failed attempt is repeated; null where the failure stands. */
  const nextTryMs = (
    operation: Operation,
    request: UpstreamRequest,
    error: unknown,
    retries: number,
  ): number | null => {
    const delayMs = retryDelayMs(error, request, retries, random());
    if (delayMs === null || clock.nowMs() + delayMs >= operation.deadlineMs) return null;
    return gate.isShut(request) || !retryBudget.takeRetry() ? null : delayMs;
  };

  /** Counts the attempt before it waits: calls that run side by side must not be more than are allowed. */
  const admit = async (
    operation: Operation,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<Admission> => {
    operation.allowance.take();
    try {
      return await gate.admit(operation, request, credential);
    } catch (error) {
      operation.allowance.giveBack();
      operation.onFailure?.(describeFailure(request, operation.cause, null, error));
      throw error;
    }
  };

  const send = async (
    operation: Operation,
    request: UpstreamRequest,
    target: RequestTarget,
    credential: Credential,
    retries: number,
  ): Promise<Received> => {
    const admission = await admit(operation, request, credential);
    try {
      const received = await attempt(operation, request, target, credential);
      admission.succeeded();
      return received;
    } catch (error) {
      if (error instanceof UnauthenticatedError) operation.allowance.stop(error);
      await admission.failed(error);
      const delayMs = nextTryMs(operation, request, error, retries);
      if (delayMs === null) throw error;
      const { signal } = operation;
      if (!(await sleep(clock, delayMs, signal))) throw aborted(request, false, signal);
    }
    onEvent({ kind: 'retry', circuit: circuitOf(request) });
    return send(withCause(operation, 'retry'), request, target, credential, retries + 1);
  };

  return {
    exchange: async (operation, request, schema) => {
      const credential = readCredential(operation);
      // One operation makes many calls, each of which listens; that is no leak.
      setMaxListeners(0, operation.signal);
      const target = targetOf(request);
      retryBudget.addCall();
      const { payload, status } = await send(operation, request, target, credential, 0);
      const parsed = z.safeParse(schema, payload);
      if (parsed.success) return parsed.data;
      const broken = contractBroken(request, parsed.error);
      operation.onFailure?.(describeFailure(request, operation.cause, status, broken));
      throw broken;
    },
    load: () => gate.load(),
    isAccepted: (credential) => credentials.isAccepted(credential),
    close: () => dispatcher.close(),
  };
};
