import { type Fault, queryRefused } from './failure.ts';

export const entityIdPattern = /^[a-f\d]{24}$/i;

/** Reads a query string as strictly as the API does: an unknown parameter is refused. */
export interface QueryReader {
  readonly integer: (name: string, minimum: number, maximum: number) => number | undefined;
  readonly text: (name: string, maxLength: number, pattern?: RegExp) => string | undefined;
  readonly entityId: (name: string) => string | undefined;
  readonly choice: (name: string, choices: readonly string[]) => string | undefined;
  readonly flag: (name: string) => boolean | undefined;
  /** A parameter that may be repeated, as `name=` or `name[]=`. */
  readonly texts: (name: string) => readonly string[];
  /** Throws 400 with every fault, unknown parameters included. */
  readonly finish: () => void;
}

export const createQueryReader = (query: URLSearchParams): QueryReader => {
  const faults: Fault[] = [];
  const known = new Set<string>();

  const single = (name: string): string | undefined => {
    known.add(name);
    const [value, ...more] = query.getAll(name);
    if (more.length > 0) faults.push({ path: name, message: `"${name}" must be a single value` });
    return value;
  };

  const checked = (name: string, passes: (value: string) => boolean, rule: string) => {
    const value = single(name);
    if (value === undefined || passes(value)) return value;
    faults.push({ path: name, message: `"${name}" must be ${rule}` });
    return undefined;
  };

  return {
    integer: (name, minimum, maximum) => {
      const value = checked(
        name,
        (text) => /^\d{1,9}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
        `an integer from ${minimum} to ${maximum}`,
      );
      return value === undefined ? undefined : Number(value);
    },
    text: (name, maxLength, pattern = /^/) =>
      checked(
        name,
        (text) => text.length <= maxLength && pattern.test(text),
        `a text of the documented form, at most ${maxLength} long`,
      ),
    entityId: (name) =>
      checked(name, (text) => entityIdPattern.test(text), '24 hexadecimal digits')?.toLowerCase(),
    choice: (name, choices) =>
      checked(name, (text) => choices.includes(text), `one of ${choices.join(', ')}`),
    flag: (name) => {
      const value = checked(name, (text) => /^(true|false)$/i.test(text), 'a boolean');
      return value === undefined ? undefined : value.toLowerCase() === 'true';
    },
    texts: (name) => {
      known.add(name).add(`${name}[]`);
      return [...query.getAll(name), ...query.getAll(`${name}[]`)];
    },
    finish: () => {
      for (const name of new Set(query.keys())) {
        if (!known.has(name)) faults.push({ path: name, message: `"${name}" is not allowed` });
      }
      if (faults.length > 0) throw queryRefused(faults);
    },
  };
};
