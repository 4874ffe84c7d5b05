import type { IncomingHttpHeaders } from 'node:http';

/** The headers that an operation can have over a WebSocket. */
const names = ['authorization', 'traceparent', 'x-explain'] as const;

/** In characters. Over HTTP, all headers together have 16 KiB. */
const maxLength = 16 * 1024;

/** What a header can hold (RFC 9110, section 5.5). */
const wellFormed = /^[\t\x20-\x7e\x80-\xff]*$/;

export type CallerHeaders = Readonly<Partial<Record<(typeof names)[number], string>>>;

/** The payload of `connection_init` cannot be read. The message is for the client, and short: it is the reason of a close. */
export class InitPayloadError extends Error {}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** The value of a header in a payload. Clients without a credential send null or an empty text, which count as absent. */
const readField = (payload: unknown, name: string): string | undefined => {
  const headers = entriesOf(payload).filter(([field]) => field.toLowerCase() === 'headers');
  const values = [...entriesOf(payload), ...headers.flatMap(([, value]) => entriesOf(value))]
    .filter(([field]) => field.toLowerCase() === name)
    .map(([, value]) => value)
    .filter((value) => value !== undefined && value !== null && value !== '');
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.some((other) => other !== value)) {
    throw new InitPayloadError(`connection_init has two different values of ${name}.`);
  }
  if (typeof value !== 'string' || value.length > maxLength || !wellFormed.test(value)) {
    throw new InitPayloadError(`${name} in connection_init must be a text, as a header is.`);
  }
  return value;
};

/** Keeps the headers of a handshake that its operations use. */
export const headersOfHandshake = (headers: IncomingHttpHeaders): CallerHeaders =>
  Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );

/**
 * The headers of all operations of a socket. A browser cannot send any with the handshake, so clients put them into the
 * payload of `connection_init`: as a field, or in the field `headers`, in any case. They come before those of the
 * handshake. Throws an InitPayloadError.
 */
export const readCallerHeaders = (ofHandshake: CallerHeaders, payload: unknown): CallerHeaders => ({
  ...ofHandshake,
  ...Object.fromEntries(
    names.flatMap((name) => {
      const value = readField(payload, name);
      return value === undefined ? [] : [[name, value]];
    }),
  ),
});
