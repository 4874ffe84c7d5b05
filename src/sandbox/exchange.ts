import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, toAnswer } from './api.ts';
import type { Random } from './data/random.ts';
import {
  ApiFailure,
  bodyRefused,
  bodyTooLarge,
  internalFailure,
  permissionMissing,
  planRefused,
} from './failure.ts';
import type { FaultKind } from './faults.ts';
import type { ListFaults } from './routes/list.ts';

/** What is written. The status is null if the connection was reset or left open. */
export type Outcome = number | null;

const maxBodyBytes = 2 ** 20;
const html = '<!doctype html><title>Service unavailable</title><p>Try again later.';

/** Reads a request's body as text. Undefined if it is larger than the limit. Default: 1 MiB. */
export const readText = async (
  request: IncomingMessage,
  limitBytes = maxBodyBytes,
): Promise<string | undefined> => {
  const body: AsyncIterable<Uint8Array> = request;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
  }
  return bytes > limitBytes ? undefined : Buffer.concat(chunks).toString('utf8');
};

/** The parsed body; undefined if there is none. Throws 400 if it is not JSON, and 413 if it is too large. */
export const parseBody = (text: string | undefined): unknown => {
  if (text === undefined) throw bodyTooLarge();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw bodyRefused([{ path: '', message: 'The body is not valid JSON' }]);
  }
};

/** How the faults of a request change a list. */
export const toListFaults = (faults: readonly FaultKind[], random: Random): ListFaults => {
  const clamp = faults.find((fault) => fault.kind === 'clamp-limit');
  const total = faults.find((fault) => fault.kind === 'wrong-total');
  const shuffle = faults.some((fault) => fault.kind === 'shuffle-ties');
  return {
    ...(clamp === undefined ? {} : { maxLimit: clamp.limit }),
    ...(total === undefined ? {} : { totalDocs: total.totalDocs }),
    ...(shuffle ? { shuffleTies: random } : {}),
  };
};

/** The answer of a fault that answers before the request is handled, if there is one. */
const toRefusal = (fault: FaultKind, creationFailure: () => ApiFailure) => {
  switch (fault.kind) {
    case 'status':
      return new ApiFailure(
        fault.status,
        fault.code ?? (fault.status === 429 ? 0 : 1000),
        fault.message ?? (fault.status === 429 ? 'Too many requests' : 'Internal error'),
        fault.retryAfterSeconds === undefined
          ? {}
          : { headers: { 'retry-after': String(fault.retryAfterSeconds) } },
      );
    case 'plan':
      return planRefused();
    case 'forbidden':
      return permissionMissing();
    case 'creation':
      return creationFailure();
    default:
      return undefined;
  }
};

const drip = async (response: ServerResponse, bytes: Buffer, ms: number, signal: AbortSignal) => {
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await pause(ms, undefined, { signal });
  }
  response.end();
};

const write = async (
  response: ServerResponse,
  answer: Answer,
  faults: readonly FaultKind[],
  signal: AbortSignal,
): Promise<Outcome> => {
  const has = (kind: FaultKind['kind']) => faults.some((fault) => fault.kind === kind);
  const asHtml = has('html') || faults.some((fault) => fault.kind === 'status' && fault.html);
  let body: unknown = answer.body;
  for (const fault of faults) if (fault.kind === 'rewrite') body = fault.rewrite(answer.body);
  let bytes = Buffer.from(asHtml ? html : JSON.stringify(body));
  for (const fault of faults) {
    if (fault.kind !== 'oversize' || bytes.length >= fault.bytes) continue;
    bytes = Buffer.concat([bytes, Buffer.alloc(fault.bytes - bytes.length, ' ')]);
  }
  response.writeHead(answer.status, {
    'content-type': asHtml ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': String(bytes.length),
    ...answer.headers,
  });
  const dripping = faults.find((fault) => fault.kind === 'drip');
  if (has('truncate')) {
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    response.write(half, () => response.destroy());
  } else if (dripping !== undefined) {
    await drip(response, bytes, dripping.ms, signal);
  } else {
    response.end(bytes);
  }
  return answer.status;
};

/** Handles one request with its faults. `handle` has the effect and returns the correct answer. */
export const exchange = async (
  request: IncomingMessage,
  response: ServerResponse,
  faults: readonly FaultKind[],
  creationFailure: () => ApiFailure,
  handle: () => Answer,
  signal: AbortSignal,
): Promise<Outcome> => {
  const has = (kind: FaultKind['kind']) => faults.some((fault) => fault.kind === kind);
  for (const fault of faults) {
    if (fault.kind === 'delay') await pause(fault.ms, undefined, { signal });
  }
  if (has('silence')) return null;
  if (has('reset-before')) {
    request.socket.resetAndDestroy();
    return null;
  }
  const [refusal] = faults.flatMap((fault) => toRefusal(fault, creationFailure) ?? []);
  if (refusal !== undefined) return write(response, toAnswer(refusal), faults, signal);
  const answer = handle();
  if (has('silence-after')) return null;
  if (has('reset-after')) {
    request.socket.resetAndDestroy();
    return null;
  }
  if (has('fail-after')) return write(response, toAnswer(internalFailure()), faults, signal);
  if (has('status-false')) {
    return write(response, { ...toAnswer(internalFailure()), status: 200 }, faults, signal);
  }
  return write(response, answer, faults, signal);
};
