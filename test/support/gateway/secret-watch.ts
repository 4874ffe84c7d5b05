import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** Records the output of a gateway and checks that it contains no credential. */
export interface SecretWatch {
  /** Adds a credential: a header, or its value. */
  readonly addSecret: (credential: string) => void;
  /** Records a text that the gateway has put out. */
  readonly record: (where: string, text: string) => void;
  /** Throws if a recorded text contains a known credential or one of these. */
  readonly check: (secrets: readonly string[]) => void;
}

/** Shorter words, and words without a digit, can occur in a text by chance, so they do not identify a credential. */
const minWordLength = 9;

const wordsOf = (text: string): string[] =>
  text.split(/[^A-Za-z0-9]+/).filter(({ length }) => length >= minWordLength);

/** Returns the longest word of a credential that contains a digit. It identifies the credential. */
const identifyingWord = (secret: string): string | undefined =>
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

/** Returns the key of a sandbox and each link, code and password that it stores. */
export const secretsOfSandbox = ({ apiKey, organization }: Sandbox): string[] => [
  apiKey,
  ...organization.platforms.flatMap(({ tokens, policies }) =>
    [...tokens.all(), ...policies.all()].flatMap((document) => fieldsOf(document, secretFields)),
  ),
];

export const createSecretWatch = (known: readonly string[]): SecretWatch => {
  const secretWords = new Set<string>();
  const recorded = new Map<string, string>();
  const addSecret = (credential: string): void => {
    const word = identifyingWord(credential);
    if (word !== undefined) secretWords.add(word);
  };
  known.forEach(addSecret);
  return {
    addSecret,
    record: (where, text) => {
      for (const word of wordsOf(text)) recorded.set(word, where);
    },
    check: (secrets) => {
      secrets.forEach(addSecret);
      for (const word of secretWords) {
        const where = recorded.get(word);
        if (where !== undefined) throw new Error(`A credential is in ${where}: ${word}`);
      }
    },
  };
};
