import { setMaxListeners } from 'node:events';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { z } from 'zod';
import { type Clock, sleep, systemClock } from '../domain/clock.ts';
import { UnauthenticatedError } from '../domain/errors.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import { type Credential, type Operation, withCause } from '../domain/operation.ts';
import type { QuotaStore } from '../domain/quota.ts';
import { createTaskQueue } from '../domain/task-queue.ts';
import type { OnTransportEvent, TransportLoad } from '../domain/transport-event.ts';
import { type CallPermit, createAdmissionControl } from './admission/admission-control.ts';
import { createCredentials, ownCredential } from './admission/credentials.ts';
import type { ReadPayload } from './answer.ts';
import { createAttempt, type ReceivedPayload } from './attempt.ts';
import { createDispatcher } from './dispatcher.ts';
import { createAbortError, createContractBrokenError } from './exchange-errors.ts';
import { describeFailure } from './failure-report.ts';
import { limits } from './limits.ts';
import { circuitOf, type RequestTarget, targetOf, type UpstreamRequest } from './request.ts';
import { createRetryBudget, retryDelayMs } from './retry.ts';

/** Exchanges requests and answers with a JSON REST API. */
export interface Transport {
  /**
   * Sends a request and returns the payload of the answer, parsed by the schema. Reads are retried, writes only if they
   * had no effect. Throws the errors of domain/errors.ts.
   */
  exchange<Data>(
    operation: Operation,
    request: UpstreamRequest,
    schema: z.core.$ZodType<Data>,
  ): Promise<Data>;
}

/** A transport with its state and its end, for the code that creates it. */
export interface ClosableTransport extends Transport {
  load(): TransportLoad;
  /** Whether the API accepted the credential in this process within the last hour. */
  isAccepted(credential: Credential): boolean;
  /** Resolves when the calls in progress have ended. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** With the version, e.g. `https://api.example.com/v1`. */
  readonly baseUrl: string;
  /** Bounds one attempt, headers and body together. The operation's deadline can shorten it. */
  readonly upstreamTimeoutMs: number;
  /** The most calls at once. Further calls wait. An operation that gets no slot within 1.5 s is refused. */
  readonly concurrency: number;
  readonly readPayload: ReadPayload;
  /** Bounds an answer in bytes, before and after decompression. Default: 16 MiB. */
  readonly maxResponseBytes?: number;
  /** Counts the requests of each organization. Default: they are not counted. */
  readonly quota?: QuotaStore;
  /** Requests of one quota that may be sent at once. Default: no bound. */
  readonly quotaBurst?: number;
  /**
   * Hashes the credentials of callers, for the memory of which ones the API accepted. Null if all calls carry the
   * gateway's own key: its refusals are not remembered.
   */
  readonly hashCredential: KeyedHash | null;
  readonly onEvent?: OnTransportEvent;
  readonly clock?: Clock;
  /** Returns 0 to 1, to spread retries. Default: Math.random. */
  readonly random?: () => number;
}

const isHeaderValue = (value: string): boolean => /^[\x21-\x7e][\x20-\x7e]*$/.test(value);

const readCredential = (operation: Operation): Credential => {
  const { credential } = operation;
  if (isHeaderValue(credential)) return credential;
  throw new UnauthenticatedError(
    'The credential contains characters that are not allowed in a header.',
  );
};

/** Creates a transport with a connection pool, slots, quota, circuit breakers and retries of its own. */
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
    readPayload: options.readPayload,
    takeTurn: () => inTurn(() => nextIteration()),
    clock,
  });
  const credentials =
    options.hashCredential === null
      ? ownCredential
      : createCredentials(options.hashCredential, clock);
  const admissionControl = createAdmissionControl({
    concurrency: options.concurrency,
    quota: options.quota,
    quotaBurst: options.quotaBurst ?? Number.POSITIVE_INFINITY,
    credentials,
    onEvent,
    clock,
  });
  const retryBudget = createRetryBudget(clock);

  /** The wait in milliseconds before a failed attempt is repeated; null if it is not repeated. */
  const nextDelayMs = (
    operation: Operation,
    request: UpstreamRequest,
    error: unknown,
    retries: number,
  ): number | null => {
    const delayMs = retryDelayMs(error, request, retries, random());
    if (delayMs === null || clock.nowMs() + delayMs >= operation.deadlineMs) return null;
    return admissionControl.isCircuitOpen(request) || !retryBudget.takeRetry() ? null : delayMs;
  };

  /** Counts the attempt before it waits, so that calls side by side cannot exceed the operation's allowance. */
  const admit = async (
    operation: Operation,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<CallPermit> => {
    operation.allowance.take();
    try {
      return await admissionControl.admit(operation, request, credential);
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
  ): Promise<ReceivedPayload> => {
    const permit = await admit(operation, request, credential);
    try {
      const received = await attempt(operation, request, target, credential);
      permit.succeeded();
      return received;
    } catch (error) {
      if (error instanceof UnauthenticatedError) operation.allowance.stop(error);
      await permit.failed(error);
      const delayMs = nextDelayMs(operation, request, error, retries);
      if (delayMs === null) throw error;
      const { signal } = operation;
      if (!(await sleep(clock, delayMs, signal))) throw createAbortError(request, false, signal);
    }
    onEvent({ kind: 'retry', circuit: circuitOf(request) });
    return send(withCause(operation, 'retry'), request, target, credential, retries + 1);
  };

  return {
    exchange: async (operation, request, schema) => {
      const credential = readCredential(operation);
      // One operation makes many calls, and each adds a listener. Node would warn of a leak.
      setMaxListeners(0, operation.signal);
      const target = targetOf(request);
      retryBudget.addCall();
      const { payload, status } = await send(operation, request, target, credential, 0);
      const parsed = z.safeParse(schema, payload);
      if (parsed.success) return parsed.data;
      const broken = createContractBrokenError(request, parsed.error);
      operation.onFailure?.(describeFailure(request, operation.cause, status, broken));
      throw broken;
    },
    load: () => admissionControl.load(),
    isAccepted: (credential) => credentials.isAccepted(credential),
    close: () => dispatcher.close(),
  };
};
