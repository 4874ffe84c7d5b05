import { type Fault as Detail, queryRefused } from '../failure.ts';
import type { Fault, FaultKind, FaultMatch } from '../faults.ts';
import { matchesPattern, type Route } from '../router.ts';
import { wordsByName } from './fault-words.ts';

/** The conditions that can follow a fault, each with one sentence. */
export const listConditions = (
  routes: readonly Route[],
): readonly { readonly form: string; readonly meaning: string }[] => [
  { form: 'times=<n>', meaning: 'The first n requests that match. Default: all.' },
  { form: 'method=<method>', meaning: 'GET, POST, PUT or DELETE.' },
  { form: 'platform=<platform>', meaning: `One of ${platformsOf(routes).join(', ')}.` },
  {
    form: 'operation=<pattern>',
    meaning:
      'The name of an operation, e.g. *.enrollmentToken.create; * stands for any characters.',
  },
  { form: 'path=<text>', meaning: 'A part of the path with its query.' },
];

const platformsOf = (routes: readonly Route[]): readonly string[] => [
  ...new Set(routes.flatMap(({ platform }) => platform ?? [])),
];

const toNumber = (text: string | undefined, minimum: number, maximum: number) => {
  const number = Number(text);
  const isWhole = text !== undefined && /^\d{1,12}$/.test(text);
  return isWhole && number >= minimum && number <= maximum ? number : undefined;
};

const readKind = (text: string, problems: string[]): FaultKind | undefined => {
  const [name = '', value, ...rest] = text.split('=');
  const word = wordsByName.get(name);
  if (word === undefined) {
    problems.push(`there is no fault "${name}": use one of ${[...wordsByName.keys()].join(', ')}`);
    return undefined;
  }
  if (word.number === undefined) {
    if (value === undefined) return word.toKind(0);
    problems.push(`${name} takes no value`);
    return undefined;
  }
  const { minimum, maximum } = word.number;
  const number = rest.length > 0 ? undefined : toNumber(value, minimum, maximum);
  if (number !== undefined) return word.toKind(number);
  problems.push(
    `${name} needs a whole number from ${minimum} to ${maximum}, e.g. ${name}=${minimum}`,
  );
  return undefined;
};

const methods = ['GET', 'POST', 'PUT', 'DELETE'];

/** The conditions of a fault. They are read after its kind. */
const readConditions = (
  texts: readonly string[],
  routes: readonly Route[],
  problems: string[],
): { readonly match: FaultMatch; readonly times?: number } => {
  const given = new Map<string, string>();
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=');
    if (given.has(name)) problems.push(`${name} is given twice`);
    given.set(name, rest.join('='));
  }
  const take = (name: string, passes: (value: string) => boolean, rule: string) => {
    const value = given.get(name);
    given.delete(name);
    if (value === undefined || passes(value)) return value;
    problems.push(`${name} must be ${rule}`);
    return undefined;
  };
  const platforms = platformsOf(routes);
  const operations = routes.map(({ operation }) => operation);
  const method = take('method', (value) => methods.includes(value), `one of ${methods.join(', ')}`);
  const platform = take(
    'platform',
    (value) => platforms.includes(value),
    `one of ${platforms.join(', ')}`,
  );
  const operation = take(
    'operation',
    (value) => operations.some((operation) => matchesPattern(value, operation)),
    `one of ${operations.join(', ')}; * stands for any characters`,
  );
  const path = take('path', (value) => value !== '', 'a part of a path');
  const times = take(
    'times',
    (value) => toNumber(value, 1, 1_000_000) !== undefined,
    'a whole number from 1 to 1000000',
  );
  for (const name of given.keys()) {
    problems.push(
      `there is no condition "${name}": use times, method, platform, operation or path`,
    );
  }
  return {
    match: {
      ...(method === undefined ? {} : { method }),
      ...(platform === undefined ? {} : { platform }),
      ...(operation === undefined ? {} : { operation }),
      ...(path === undefined ? {} : { path }),
    },
    ...(times === undefined ? {} : { times: Number(times) }),
  };
};

/**
 * Reads a fault with its conditions, e.g. `reset-after method=POST times=1`. Undefined if it is wrong: then each problem is
 * added to the list.
 */
export const readFault = (
  text: string,
  routes: readonly Route[],
  problems: string[],
): Fault | undefined => {
  const before = problems.length;
  const [first = '', ...conditions] = text.trim().split(/\s+/);
  const kind = readKind(first, problems);
  const limits = readConditions(conditions, routes, problems);
  return kind === undefined || problems.length > before ? undefined : { ...kind, ...limits };
};

/** Reads the faults of one request from its header, e.g. `delay=200, status=503`. Throws 400 if it cannot. */
export const readFaultHeader = (header: string): readonly FaultKind[] => {
  const problems: string[] = [];
  const kinds = header.split(',').flatMap((text) => readKind(text.trim(), problems) ?? []);
  const details = problems.map((message): Detail => ({ path: 'x-sandbox-fault', message }));
  if (details.length > 0) throw queryRefused(details);
  return kinds;
};
