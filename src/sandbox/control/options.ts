import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Embeds } from '../data/seed-tokens.ts';
import type { Fault } from '../faults.ts';
import type { PlatformSandbox } from '../platform.ts';
import type { Route } from '../router.ts';
import { routesOf } from '../routes/all-routes.ts';
import type { SandboxOptions } from '../sandbox.ts';
import { readFault } from './fault-text.ts';
import { checkPermissions } from './permissions.ts';
import { webhookProblem } from './webhook.ts';

/** What the command line asks for. */
export interface SandboxCommand {
  readonly port: number;
  readonly host: string;
  readonly sandbox: SandboxOptions;
  /** The permissions of each further key. */
  readonly keys: readonly (readonly string[])[];
  /** The faults that are on from the start, with the text of each. */
  readonly faults: readonly { readonly fault: Fault; readonly text: string }[];
}

/** The command line is wrong. The message lists every fault. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';

  constructor(faults: readonly string[]) {
    const lines = faults.map((fault) => `  - ${fault}`).join('\n');
    super(`The sandbox cannot start:\n${lines}\nnpm run sandbox -- --help lists the options.`);
  }
}

/** A value that begins with a hyphen is the next option, so the value is missing. */
const text = z.string('needs a value').regex(/^[^-]/, 'needs a value');

const integer = (minimum: number, maximum: number) => {
  const rule = `must be a whole number from ${minimum} to ${maximum}`;
  return text
    .regex(/^\d{1,12}$/, { error: rule, abort: true })
    .transform(Number)
    .pipe(z.number().min(minimum, rule).max(maximum, rule));
};

const flag = z.boolean('takes no value').default(false);
const embeds: readonly Embeds[] = ['mixed', 'none', 'whole'];

/** Every option. The help is written from this. */
const schema = z.strictObject({
  help: flag.meta({ description: 'Shows this help.' }),
  port: integer(0, 65_535).default(4010).meta({
    value: 'port',
    description: 'Port to listen on; 0 takes a free port. The variable PORT does the same.',
  }),
  host: text.default('127.0.0.1').meta({
    value: 'address',
    description: 'Address to listen on. The variable HOST does the same.',
  }),
  seed: integer(0, 2 ** 31)
    .default(1)
    .meta({ value: 'number', description: 'Determines all invented data, ids and keys.' }),
  tokens: integer(0, 1_000_000)
    .default(5000)
    .meta({ value: 'number', description: 'Tokens of all platforms together.' }),
  users: integer(1, 100_000)
    .default(300)
    .meta({ value: 'number', description: 'Users of the organization.' }),
  policies: integer(1, 10_000)
    .default(40)
    .meta({ value: 'number', description: 'Policies of all platforms together.' }),
  embeds: z
    .enum(embeds, `must be one of ${embeds.join(', ')}`)
    .default('mixed')
    .meta({
      value: embeds.join('|'),
      description: 'How much of users and policies the seeded tokens embed.',
    }),
  'no-oddities': flag.meta({
    description: 'Seeds no records with the odd values that the API is known to have.',
  }),
  'requests-per-hour': integer(1, 1_000_000_000).optional().meta({
    value: 'number',
    description: 'Quota of the organization; past it, requests get 429. Default: no quota.',
  }),
  'hides-deleted': flag.meta({ description: 'A read of a revoked token answers 404.' }),
  activity: integer(1, 86_400).optional().meta({
    value: 'seconds',
    description:
      'About this often a device enrolls with a pending token, and now and then a token is created or revoked. Default: never.',
  }),
  webhook: text
    .refine((url) => webhookProblem(url) === null, 'must be an http or https URL without user name')
    .optional()
    .meta({
      value: 'url',
      description:
        'Is called by POST when a token is created and when a device enrolls, like a webhook of the API. Default: none.',
    }),
  key: z.array(text).default([]).meta({
    value: 'permissions',
    description:
      'Creates a further key with these comma-separated permissions, in which * stands for any characters. Can be repeated.',
  }),
  fault: z.array(text).default([]).meta({
    value: 'fault',
    description: 'A fault that is on from the start. Can be repeated.',
  }),
});

/** One option, as the help shows it. */
export interface OptionReference {
  readonly form: string;
  readonly description: string;
  /** Undefined if there is none, or if the description names it. */
  readonly fallback: string | undefined;
}

/** All options, in the order of the help. */
export const listOptions = (): readonly OptionReference[] =>
  Object.entries(schema.shape).map(([name, option]) => {
    const { value, description = '' } = option.meta() ?? {};
    const fallback = option.safeParse(undefined).data;
    return {
      form: typeof value === 'string' ? `--${name} <${value}>` : `--${name}`,
      description,
      fallback: ['string', 'number'].includes(typeof fallback) ? String(fallback) : undefined,
    };
  });

const parserOptions = Object.fromEntries(
  Object.entries(schema.shape).map(([name, option]) => [
    name,
    {
      type: option.meta()?.['value'] === undefined ? ('boolean' as const) : ('string' as const),
      multiple: Array.isArray(option.safeParse(undefined).data),
    },
  ]),
);

type Variables = Readonly<Record<string, string | undefined>>;

/** The command line and the variables as texts, before they are checked. */
const split = (args: readonly string[], variables: Variables, problems: string[]) => {
  // Not strict: the parser's own errors name the first fault only.
  const { values, tokens } = parseArgs({
    args: [...args],
    options: parserOptions,
    strict: false,
    tokens: true,
  });
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    // The word after an unknown option is its value: one message is enough.
    const isValue = before?.kind === 'option' && !Object.hasOwn(parserOptions, before.name);
    if (token.kind !== 'positional' || isValue) continue;
    problems.push(
      `"${token.value}" is not an option. With npm, the options follow "--": npm run sandbox -- --port 4010`,
    );
  }
  const [port, host] = [variables['PORT']?.trim(), variables['HOST']?.trim()];
  return {
    given: values,
    values: { ...(port ? { port } : {}), ...(host ? { host } : {}), ...values },
  };
};

const check = ({ given, values }: ReturnType<typeof split>, problems: string[]) => {
  const result = schema.safeParse(values);
  for (const issue of result.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      problems.push(...issue.keys.map((name) => `there is no option --${name}`));
      continue;
    }
    const name = String(issue.path[0]);
    problems.push(
      `${given[name] === undefined ? name.toUpperCase() : `--${name}`} ${issue.message}`,
    );
  }
  return result.data;
};

const readKeys = (texts: readonly string[], routes: readonly Route[], problems: string[]) =>
  texts.map((text) => {
    const patterns = text.split(',').map((pattern) => pattern.trim());
    const found: string[] = [];
    checkPermissions(patterns, routes, found);
    problems.push(...found.map((problem) => `--key: ${problem}`));
    return patterns;
  });

const readFaults = (texts: readonly string[], routes: readonly Route[], problems: string[]) =>
  texts.flatMap((text) => {
    const found: string[] = [];
    const fault = readFault(text, routes, found);
    problems.push(...found.map((problem) => `--fault "${text}": ${problem}`));
    return fault === undefined ? [] : { fault, text: text.trim() };
  });

/** Reads the command line and the variables PORT and HOST; null if it asks for help. Throws OptionsError. */
export const readCommand = (
  args: readonly string[],
  variables: Variables,
  platforms: readonly PlatformSandbox[],
): SandboxCommand | null => {
  const problems: string[] = [];
  const line = split(args, variables, problems);
  if (line.given['help'] === true) return null;
  const values = check(line, problems);
  const routes = routesOf(platforms);
  // These are checked even if another option is wrong, so that the message names every fault.
  const keys = readKeys(schema.shape.key.safeParse(line.given['key']).data ?? [], routes, problems);
  const faultTexts = schema.shape.fault.safeParse(line.given['fault']).data ?? [];
  const faults = readFaults(faultTexts, routes, problems);
  if (values === undefined || problems.length > 0) throw new OptionsError(problems);
  const { 'requests-per-hour': requestsPerHour, activity: activitySeconds } = values;
  return {
    port: values.port,
    host: values.host,
    sandbox: {
      platforms,
      seed: values.seed,
      tokens: values.tokens,
      users: values.users,
      policies: values.policies,
      embeds: values.embeds,
      oddities: !values['no-oddities'],
      hidesDeleted: values['hides-deleted'],
      ...(requestsPerHour === undefined ? {} : { requestsPerHour }),
      ...(activitySeconds === undefined ? {} : { activitySeconds }),
      ...(values.webhook === undefined ? {} : { webhook: values.webhook }),
    },
    keys,
    faults,
  };
};
