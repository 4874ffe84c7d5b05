/** Returns `count` values. Each is made from its index. */
export const repeat = <Value>(count: number, create: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => create(index));

/** Joins `count` texts with spaces. Each is made from its index. */
export const repeatText = (count: number, create: (index: number) => string): string =>
  repeat(count, create).join(' ');
