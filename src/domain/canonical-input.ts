const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
};

/**
 * One text for all JSON values that mean the same: whatever the order of keys, the writing of numbers (1, 1.0, 1e0)
 * and whether an absent key is spelled out as undefined. Texts and lists are compared exactly. A null is kept: free
 * JSON tells it from an absent key; a draft has none where the schema does not.
 */
export const canonicalText = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null';
