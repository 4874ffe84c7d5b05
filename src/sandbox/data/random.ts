/** A deterministic source of numbers: the same seed gives the same sequence. */
export interface Random {
  /** From 0 to less than 1. */
  readonly fraction: () => number;
  /** A whole number from 0 to less than `bound`. */
  readonly below: (bound: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the items. The list must not be empty. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** `count` different items, or all items if there are fewer. */
  readonly sample: <Item>(items: readonly Item[], count: number) => Item[];
  /** Lower-case hexadecimal digits. */
  readonly hex: (digits: number) => string;
  /** Characters of an alphabet. */
  readonly text: (alphabet: string, length: number) => string;
  /** A 24-digit id of an object that was created at a moment. It starts with the seconds, as in the vendor's database. */
  readonly id: (createdAtMs: number) => string;
}

const hash = (text: string): number => {
  let state = 0x811c9dc5;
  for (const character of text) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return state >>> 0;
};

/** A random source for one purpose. Different labels give independent sequences with the same seed. */
export const createRandom = (seed: number, label: string): Random => {
  let counter = hash(`${seed}/${label}`);
  const fraction = () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(fraction() * bound);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError('Cannot pick from an empty list.');
    return item;
  };
  const text = (alphabet: string, length: number) => {
    let result = '';
    while (result.length < length) result += alphabet.charAt(below(alphabet.length));
    return result;
  };
  const hex = (digits: number) => {
    let result = '';
    while (result.length < digits)
      result += below(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return result.slice(0, digits);
  };
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick,
    sample: (items, count) => {
      const rest = [...items];
      const chosen: typeof rest = [];
      while (chosen.length < count && rest.length > 0) {
        chosen.push(...rest.splice(below(rest.length), 1));
      }
      return chosen;
    },
    hex,
    text,
    id: (createdAtMs) =>
      Math.floor(createdAtMs / 1000)
        .toString(16)
        .padStart(8, '0') + hex(16),
  };
};
