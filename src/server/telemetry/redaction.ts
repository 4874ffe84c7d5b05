/** Fields that hold credentials, in the API's words and in ours. */
const fields =
  'authorization|password|authToken|apiKey|enroll(?:ment)?Code|enrollmentLink|enrollmentQrCode';

/**
 * What is logged is chosen field by field, and holds no credential. This is for what nobody chose: the message or the
 * stack of an unexpected error. Patterns allow for quotes that are escaped within JSON.
 */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // Credentials in headers.
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 [redacted]'],
  // JSON web tokens, wherever they stand.
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]*/g, '[redacted]'],
  // The path and query of a URL: enrollment links are credentials.
  [/\b(https?:\/\/)(?:[^\s/"'\\@]*@)?([^\s/"'\\?]+)[/?][^\s"'\\]*/gi, '$1$2/[redacted]'],
  // Passwords of connections.
  [/\b(rediss?:\/\/)[^\s"'\\@]*@/gi, '$1[redacted]@'],
  // A text ends at its first quote that is not escaped.
  [new RegExp(String.raw`("(?:${fields})"\s*:\s*")(?:[^"\\]|\\.)*`, 'gi'), '$1[redacted]'],
  // JSON within a text: each quote and each backslash is escaped once more.
  [
    new RegExp(String.raw`("(?:${fields})\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\["\\]|[^"\\]))*`, 'gi'),
    '$1[redacted]',
  ],
];

const shortestSecret = 4;

/** Takes credentials out of a line: the given ones, and what looks like one. */
export const createRedaction = (secrets: readonly string[]): ((line: string) => string) => {
  const known = secrets.filter(({ length }) => length >= shortestSecret);
  return (line) => {
    let text = line;
    for (const secret of known) text = text.replaceAll(secret, '[redacted]');
    for (const [pattern, instead] of patterns) text = text.replace(pattern, instead);
    return text;
  };
};
