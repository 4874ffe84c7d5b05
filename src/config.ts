import { z } from 'zod';

const integer = (fallback: number, minimum: number, maximum: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(minimum, `must be at least ${minimum}`)
    .max(maximum, `must be at most ${maximum}`)
    .default(fallback);

const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true')
  .optional();

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const hour = 3_600_000;

/** Every environment variable, described once: the README's table is made from this. */
const environment = z.object({
  NODE_ENV: z
    .string()
    .optional()
    .describe('`production` turns GraphiQL and introspection off and asks for a real API'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; the image sets `0.0.0.0`'),
  PORT: integer(4000, 0, 65_535).describe('Port to listen on; `0` takes a free one'),
  APPLIVERY_BASE_URL: httpUrl
    .optional()
    .describe('REST base with `/v1`; unset: the embedded sandbox (not in production)'),
  SANDBOX: flag.describe('`true` asks for the embedded sandbox by name'),
  APPLIVERY_ORGANIZATION_ID: z
    .string()
    .regex(/^[a-z\d-]{3,128}$/i, 'must be a 24-digit id, or a slug of letters, digits and hyphens')
    .optional()
    .describe('Default organization, id or slug; the sandbox has its own'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
    .optional()
    .describe(
      'Idempotency records and the lookup cache shared by replicas; unset: the memory of the process',
    ),
  SHARED_SECRET: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe(
      'Keys the hashes of credentials; required with `REDIS_URL`, the same on every replica',
    ),
  UPSTREAM_TIMEOUT_MS: integer(20_000, 1, hour).describe(
    'One upstream attempt, headers and body, in milliseconds',
  ),
  REQUEST_TIMEOUT_MS: integer(30_000, 1, hour).describe(
    'A whole operation in milliseconds; its upstream calls get what is left',
  ),
  UPSTREAM_CONCURRENCY: integer(32, 1, 1000).describe(
    'Calls in flight to the API per instance; more wait in a bounded queue',
  ),
  UPSTREAM_MAX_LIMIT: integer(500, 1, 10_000).describe('Largest `limit` asked of a list'),
  MAX_PAGE_SIZE: integer(100, 1, 1000).describe('Most nodes of one page'),
  MAX_SCAN_ITEMS: integer(2000, 1, 1_000_000).describe(
    'Most upstream items that one filtered page reads',
  ),
  LOOKUP_TTL_MS: integer(30_000, 0, hour).describe(
    'How long a policy or user is served from the cache, in milliseconds; `0` turns it off',
  ),
  IDEMPOTENCY_TTL_SECONDS: integer(86_400, 60, 30 * 86_400).describe(
    'How long the outcome of a create with a key is remembered',
  ),
  BULK_CHUNK_SIZE: integer(50, 1, 1000).describe('Addresses in one bulk call to the API'),
  GRAPHIQL: flag.describe('GraphiQL at `/graphql`; on, off in production'),
  INTROSPECTION: flag.describe('Schema introspection; on, off in production'),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Least severe log line written; logs are JSON lines on stdout'),
});

type Environment = z.infer<typeof environment>;

/** Where the REST API is: a base URL with `/v1`, or the embedded sandbox. */
export type UpstreamConfig =
  | { readonly kind: 'api'; readonly baseUrl: string }
  | { readonly kind: 'sandbox' };

/** What the process was told, checked and frozen. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly upstream: UpstreamConfig;
  readonly organization: string | undefined;
  /** What replicas share; null: each keeps its own in memory. */
  readonly redis: { readonly url: string; readonly secret: string } | null;
  readonly upstreamTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly upstreamConcurrency: number;
  readonly upstreamMaxLimit: number;
  readonly maxPageSize: number;
  readonly maxScanItems: number;
  readonly lookupTtlMs: number;
  readonly idempotencyTtlSeconds: number;
  readonly bulkChunkSize: number;
  readonly graphiql: boolean;
  readonly introspection: boolean;
  readonly logLevel: Environment['LOG_LEVEL'];
}

/** The environment cannot be used; the message names every fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

const contradictions = (given: Variables): string[] => {
  const { APPLIVERY_BASE_URL: baseUrl, SANDBOX: sandbox, NODE_ENV: mode } = given;
  const faults: string[] = [];
  if (sandbox === 'true' && baseUrl !== undefined) {
    faults.push('SANDBOX=true and APPLIVERY_BASE_URL exclude each other: unset one of them');
  }
  const sandboxByDefault = baseUrl === undefined && sandbox !== 'true';
  if (sandboxByDefault && mode === 'production') {
    faults.push(
      'APPLIVERY_BASE_URL is required in production: set it to the REST API (for example https://api.applivery.io/v1), or set SANDBOX=true to serve invented data on purpose',
    );
  } else if (sandboxByDefault && sandbox === 'false') {
    faults.push('APPLIVERY_BASE_URL is required with SANDBOX=false');
  }
  if (given['REDIS_URL'] !== undefined && given['SHARED_SECRET'] === undefined) {
    faults.push(
      'SHARED_SECRET is required with REDIS_URL: replicas name what they share by hashes under it',
    );
  }
  return faults;
};

const toConfig = (values: Environment): Config => {
  const production = values.NODE_ENV === 'production';
  return Object.freeze<Config>({
    production,
    host: values.HOST,
    port: values.PORT,
    upstream:
      values.APPLIVERY_BASE_URL === undefined
        ? { kind: 'sandbox' }
        : { kind: 'api', baseUrl: values.APPLIVERY_BASE_URL.replace(/\/+$/, '') },
    organization: values.APPLIVERY_ORGANIZATION_ID,
    redis:
      values.REDIS_URL !== undefined && values.SHARED_SECRET !== undefined
        ? { url: values.REDIS_URL, secret: values.SHARED_SECRET }
        : null,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    upstreamConcurrency: values.UPSTREAM_CONCURRENCY,
    upstreamMaxLimit: values.UPSTREAM_MAX_LIMIT,
    maxPageSize: values.MAX_PAGE_SIZE,
    maxScanItems: values.MAX_SCAN_ITEMS,
    lookupTtlMs: values.LOOKUP_TTL_MS,
    idempotencyTtlSeconds: values.IDEMPOTENCY_TTL_SECONDS,
    bulkChunkSize: values.BULK_CHUNK_SIZE,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    logLevel: values.LOG_LEVEL,
  });
};

/** Reads the environment; an empty value counts as unset. Throws ConfigError with every fault. */
export const parseConfig = (variables: Variables): Config => {
  const given = Object.fromEntries(
    Object.keys(environment.shape).map((name) => [name, variables[name]?.trim() || undefined]),
  );
  const result = environment.safeParse(given);
  const faults = [
    ...(result.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []),
    ...contradictions(given),
  ];
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  return toConfig(result.data);
};

export interface ConfigReferenceRow {
  readonly name: string;
  readonly fallback: string;
  readonly description: string;
}

/** Every variable with its default and meaning, in the order of the schema. */
export const configReference = (): ConfigReferenceRow[] =>
  Object.entries(environment.shape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined).data;
    return {
      name,
      fallback: fallback === undefined ? 'unset' : String(fallback),
      description: schema.description ?? '',
    };
  });
