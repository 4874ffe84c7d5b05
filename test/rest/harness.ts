import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { readPayload } from '../../src/applivery/payload.ts';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { type Operation, toCredential, type UpstreamCall } from '../../src/domain/operation.ts';
import { createTransport, type TransportOptions } from '../../src/rest/transport.ts';
import { listen } from '../support/http/listen.ts';

export const organizationId = '698efa6ed851667d9c0aec80';
export const userId = '698efa6ed851667d9c0aec88';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** A REST API that answers every request with `answer` and records the requests. */
export const startServer = async (
  answer: Answer,
): Promise<{ readonly baseUrl: string; readonly seen: SeenRequest[] }> => {
  const seen: SeenRequest[] = [];
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(request);
      answer(response, request);
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${port}/v1`, seen };
};

/** Answers with a JSON body. */
export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

/** Answers with these bytes. */
export const raw =
  (
    body: string | Buffer,
    status = 200,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
  ): Answer =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(status);
    response.end(body);
  };

export const refusal = (status: number, code: number): Answer =>
  json({ status: false, error: { code, message: 'text of the API' } }, status);

/** A transport to a server that is closed with the test. */
export const connect = (baseUrl: string, options: Partial<TransportOptions> = {}) => {
  const transport = createTransport({
    baseUrl,
    upstreamTimeoutMs: 2_000,
    concurrency: 4,
    readPayload,
    hashCredential: (text) => text,
    random: () => 0,
    ...options,
  });
  onTestFinished(() => transport.close());
  return transport;
};

/** An operation of a caller with a key. It records the calls that are reported to it. */
export const startOperation = (
  changes: Partial<Operation> = {},
): Operation & { readonly calls: UpstreamCall[] } => {
  const calls: UpstreamCall[] = [];
  return {
    credential: toCredential('Bearer key-of-the-caller'),
    signal: new AbortController().signal,
    deadlineMs: performance.now() + 10_000,
    cause: 'lookup',
    allowance: createCallAllowance(1_000_000),
    onCall: (call) => calls.push(call),
    calls,
    ...changes,
  };
};

/** Returns the error that a promise rejects with. Throws if it resolves. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const value = await promise.catch((error: unknown) => ({ error }));
  if (typeof value === 'object' && value !== null && 'error' in value) return value.error;
  throw new Error('It succeeded.');
};

/** A clock that moves only when a test advances it. */
export interface TestClock extends Clock {
  /** Moves the clock and calls what is due, in order. */
  advance(ms: number): void;
  /** The delays of the timers that have not fired. */
  pending(): readonly number[];
}

export const createTestClock = (): TestClock => {
  let nowMs = 1_000_000;
  const timers = new Set<{ dueMs: number; delayMs: number; callback: () => void }>();
  return {
    nowMs: () => nowMs,
    epochMs: () => nowMs,
    schedule: (delayMs, callback) => {
      const timer = { dueMs: nowMs + delayMs, delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      nowMs += ms;
      const due = [...timers].filter(({ dueMs }) => dueMs <= nowMs);
      for (const timer of due.sort((one, other) => one.dueMs - other.dueMs)) {
        if (timers.delete(timer)) timer.callback();
      }
    },
    pending: () => [...timers].map(({ delayMs }) => delayMs),
  };
};
