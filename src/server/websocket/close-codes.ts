import { CloseCode } from 'graphql-ws';

/** The codes with which the gateway itself closes a socket, beside those of the protocol. */
export const ownCloseCodes = {
  goingAway: 1001,
  /** Too many messages. */
  policy: 1008,
  /** The process has too many sockets. */
  tryAgainLater: 1013,
} as const;

/** Codes that the package ws uses, and those of clients. */
const ofTransport = [1000, 1002, 1005, 1006, 1007, 1009];

const known: ReadonlySet<number> = new Set([
  ...ofTransport,
  ...Object.values(ownCloseCodes),
  ...Object.values(CloseCode).filter((code) => typeof code === 'number'),
]);

/** The package closes a socket with these codes after these errors. */
const codesOfErrors: ReadonlyMap<unknown, number> = new Map([
  ['WS_ERR_INVALID_UTF8', 1007],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 1008],
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
]);

/** The code with which the package ws closes a socket after an error. */
export const codeOfError = (error: Error): number => {
  const code = 'code' in error ? error.code : undefined;
  const isOfFrame = typeof code === 'string' && code.startsWith('WS_ERR_');
  return codesOfErrors.get(code) ?? (isOfFrame ? 1002 : 1006);
};

/** The label of a code. Clients choose codes, so others than the known ones share a label. */
export const labelOfCode = (code: number): string => (known.has(code) ? String(code) : 'other');
