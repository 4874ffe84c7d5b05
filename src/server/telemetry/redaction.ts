/** Fields that contain credentials, by their names in the API and in the gateway. */
const fields =
  'authorization|password|authToken|apiKey|enroll(?:ment)?Code|enrollmentLink|enrollmentQrCode';

/**
 * Chosen log fields contain no credential. These patterns are for the message and the stack of unexpected errors. They
 * also match quotes that are escaped in JSON.
 */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // Credentials in headers.
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 [redacted]'],
  // JSON web tokens.
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]*/g, '[redacted]'],
  // The path and query of a URL, as enrollment links are credentials.
  [/\b(https?:\/\/)(?:[^\s/"'\\@]*@)?([^\s/"'\\?]+)[/?][^\s"'\\]*/gi, '$1$2/[redacted]'],
  // Passwords in connection URLs.
  [/\b(rediss?:\/\/)[^\s"'\\@]*@/gi, '$1[redacted]@'],
  // A JSON string ends at its first quote that is not escaped.
  [new RegExp(String.raw`("(?:${fields})"\s*:\s*")(?:[^"\\]|\\.)*`, 'gi'), '$1[redacted]'],
  // JSON inside a JSON string: each quote and each backslash is escaped once more.
  [
    new RegExp(String.raw`("(?:${fields})\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\["\\]|[^"\\]))*`, 'gi'),
    '$1[redacted]',
  ],
];

/** Shorter secrets are not searched for: their characters occur in other text. */
const minSecretLength = 4;

/** Replaces the given secrets, and all text that looks like a credential, in a line. */
export const createRedaction = (secrets: readonly string[]): ((line: string) => string) => {
  const known = secrets.filter(({ length }) => length >= minSecretLength);
  return (line) => {
    let text = line;
    for (const secret of known) text = text.replaceAll(secret, '[redacted]');
    for (const [pattern, instead] of patterns) text = text.replace(pattern, instead);
    return text;
  };
};
