import { type Document, isList, isObject, type Json, type JsonObject } from '../json.ts';
import type { PlatformSandbox, PlatformWords } from '../platform.ts';

const strayedSpace = (value: Json | undefined) => String(value).replace(/T(\d\d):/, 'T$1: ');

const firstPolicyId = (token: Document, words: PlatformWords): Json | undefined => {
  const assignments = token[words.assignments];
  const [first] = isList(assignments) ? assignments : [];
  return isObject(first) ? first[words.policyId] : undefined;
};

/** Oddities that the documentation shows and a client must handle. One token in this many has it. */
const oddities = (
  { words }: PlatformSandbox,
  policies: readonly Document[],
): readonly (readonly [every: number, apply: (token: Document) => JsonObject])[] => [
  [2, ({ segmentId }) => ({ segmentId: String(segmentId) })],
  [41, ({ createdAt }) => ({ createdAt: strayedSpace(createdAt) })],
  [43, ({ updatedAt }) => ({ updatedAt: strayedSpace(updatedAt) })],
  [67, () => ({ displayName: '' })],
  [71, () => ({ tags: null })],
  [97, () => ({ displayName: null, emailText: '' })],
  [131, () => ({ [words.legacyPolicy]: policies[0]?.id ?? '' })],
  // The same policy appears twice: as the legacy policy and as an assignment.
  [139, (token) => ({ [words.legacyPolicy]: firstPolicyId(token, words) ?? '' })],
  [149, () => ({ [words.legacyPolicy]: '' })],
  [
    211,
    ({ mdmUser }) => ({
      mdmUser: isObject(mdmUser) ? { ...mdmUser, email: '[email protected]' } : null,
    }),
  ],
  [307, () => ({ mdmUser: null })],
  [401, () => ({ state: 'ARCHIVED' })],
  [37, ({ [words.device]: device }) => (device === undefined ? { [words.device]: null } : {})],
];

/** Adds oddities to some of the tokens, except for the last `spared` ones. */
export const addOddities = (
  platform: PlatformSandbox,
  policies: readonly Document[],
  tokens: readonly Document[],
  spared: number,
): readonly Document[] => {
  const kinds = oddities(platform, policies);
  return tokens.map((token, index) => {
    if (index >= tokens.length - spared) return token;
    let odd = token;
    for (const [every, apply] of kinds) {
      if (index % every === every - 1) odd = { ...odd, ...apply(odd), id: odd.id };
    }
    return odd;
  });
};
