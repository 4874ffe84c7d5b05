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
 * Returns the same text for equal JSON values. The order of keys, the notation of numbers (1, 1.0, 1e0) and keys with
 * the value undefined make no difference. Strings and the order of lists do. A null differs from an absent key, as in
 * the free JSON fields of a draft.
 */
export const canonicalText = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null';
