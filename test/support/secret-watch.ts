import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** Sees what a gateway lets out, and fails where a credential is in it. */
export interface SecretWatch {
  /** From now on this is a credential, too: a header, or its value. */
  readonly guard: (credential: string) => void;
  readonly see: (where: string, text: string) => void;
  /** Throws where anything seen holds a credential, one of these included. */
  readonly check: (secrets: readonly string[]) => void;
}

/** Credentials are random: shorter words, and those without a digit, come about by chance. */
const shortest = 9;

const wordsOf = (text: string): string[] =>
  text.split(/[^A-Za-z0-9]+/).filter(({ length }) => length >= shortest);

/** The part of a credential that is its own: the last word of a link, the longest one of a key. */
const tellingWord = (secret: string): string | undefined =>
  wordsOf(secret)
    .filter((word) => /\d/.test(word))
    .sort((left, right) => right.length - left.length)[0];

const fieldsOf = (value: unknown, names: ReadonlySet<string>): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
    names.has(name) && typeof field === 'string' ? [field] : fieldsOf(field, names),
  );
};

const secretFields = new Set(['enrollmentLink', 'enrollCode', 'password', 'authToken']);

/** The key and every link, code and password that a sandbox has stored. */
export const secretsOfSandbox = ({ apiKey, organization }: Sandbox): string[] => [
  apiKey,
  ...organization.platforms.flatMap(({ tokens, policies }) =>
    [...tokens.all(), ...policies.all()].flatMap((document) => fieldsOf(document, secretFields)),
  ),
];

export const createSecretWatch = (known: readonly string[]): SecretWatch => {
  const guarded = new Set<string>();
  const seen = new Map<string, string>();
  const guard = (credential: string): void => {
    const word = tellingWord(credential);
    if (word !== undefined) guarded.add(word);
  };
  known.forEach(guard);
  return {
    guard,
    see: (where, text) => {
      for (const word of wordsOf(text)) seen.set(word, where);
    },
    check: (secrets) => {
      secrets.forEach(guard);
      for (const word of guarded) {
        const where = seen.get(word);
        if (where !== undefined) throw new Error(`A credential shows in ${where}: ${word}`);
      }
    },
  };
};
