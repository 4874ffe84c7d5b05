import { readFileSync } from 'node:fs';
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

const organizationName = /^[a-z\d-]{3,128}$/i;
const organizationFault = 'must be a 24-digit id, or a slug of letters, digits and hyphens';

const commaSeparated = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item));

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

/** Whether name, password and database of a URL can be decoded: `%` must be written as `%25` there. */
const isDecodable = (text: string): boolean => {
  if (!URL.canParse(text)) return true;
  const { username, password, pathname } = new URL(text);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
};

/** Documents by the hash, or other id, that clients send in their place. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** Either a plain object, id to document, as most generators write it, or a manifest with a list of operations. */
const trustedDocuments = z.union([
  z
    .object({ operations: z.array(z.object({ id: z.string(), body: z.string() })) })
    .transform(({ operations }) => operations.map(({ id, body }) => [id, body] as const)),
  z.record(z.string(), z.string()).transform((documents) => Object.entries(documents)),
]);

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The file that a generator of typed operations wrote, read at the start. Some editors put a byte order mark first. */
const trustedDocumentsFile = z.string().transform((path, context): TrustedDocuments => {
  const fault = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const text = readText(path);
  if (text === null) return fault(`names a file that cannot be read, or no such file: ${path}`);
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (json === undefined) return fault(`must name a file of valid JSON: ${path} is not`);
  const { data } = trustedDocuments.safeParse(json);
  if (data === undefined) {
    return fault(`must name a JSON object of documents by their hashes: ${path} is not`);
  }
  return new Map(data);
});

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
    .regex(organizationName, organizationFault)
    .optional()
    .describe('Default organization, id or slug; the sandbox has its own'),
  AUTH_MODE: z
    .enum(['passthrough', 'service'], 'must be passthrough or service')
    .default('passthrough')
    .describe(
      "`passthrough`: the caller's `Authorization: Bearer …` goes to the API as it is; `service`: callers prove themselves by JWT, and the API sees `APPLIVERY_API_KEY`",
    ),
  APPLIVERY_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe('Required with `AUTH_MODE=service`, refused without; the sandbox has its own'),
  JWT_JWKS_URL: httpUrl
    .optional()
    .describe('Where the public keys of the JWT issuer are; this or `JWT_SECRET`'),
  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('The secret that JWTs are signed with (HS256, HS384, HS512)'),
  JWT_ISSUER: z.string().optional().describe('The `iss` that a JWT must have'),
  JWT_AUDIENCE: z.string().optional().describe('The `aud` that a JWT must have'),
  JWT_READ_SCOPE: z
    .string()
    .regex(/^\S+$/, 'must be one scope')
    .default('enrollment:read')
    .describe(
      'The scope that queries need, and mutations that select more than ids and outcomes; links, codes and QR codes are part of reading',
    ),
  JWT_WRITE_SCOPE: z
    .string()
    .regex(/^\S+$/, 'must be one scope')
    .default('enrollment:write')
    .describe(
      'The scope that mutations need; alone it shows ids, outcomes and errors (docs/errors.md, Scopes)',
    ),
  ALLOWED_ORGANIZATIONS: commaSeparated(z.string().regex(organizationName, organizationFault))
    .optional()
    .describe(
      'Comma-separated ids and slugs, as callers name them; others are refused before a call is made. `passthrough`: any; `service`: the default one',
    ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
    .refine(isDecodable, 'has a % that begins no escape: write %25 for it in the name or password')
    .optional()
    .describe(
      'Idempotency records, the lookup cache and the quota shared by replicas; unset: the memory of the process',
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
  UPSTREAM_REQUESTS_PER_HOUR: integer(10_000, 1, 100_000_000).describe(
    "An organization's quota of requests to the API, shared by replicas over Redis",
  ),
  UPSTREAM_BURST: integer(100, 1, 1_000_000).describe(
    'Requests of that quota that may go at once after a time of rest',
  ),
  UPSTREAM_MAX_LIMIT: integer(500, 1, 10_000).describe('Largest `limit` asked of a list'),
  MAX_PAGE_SIZE: integer(100, 1, 1000).describe('Most nodes of one page'),
  MAX_SCAN_ITEMS: integer(2000, 1, 1_000_000).describe(
    'Most upstream items that one filtered page reads',
  ),
  MAX_UPSTREAM_CALLS: integer(100, 1, 10_000).describe(
    'Most calls to the API of one operation: one that is estimated to cost more is refused before it starts, and none makes more attempts while it runs',
  ),
  MAX_DEPTH: integer(12, 1, 100).describe('Deepest field of an operation'),
  MAX_ALIASES: integer(30, 0, 1000).describe(
    'Most aliases of an operation, and most root fields; fragments count wherever they are spread',
  ),
  MAX_DIRECTIVES: integer(50, 0, 1000).describe('Most directives of an operation'),
  MAX_TOKENS: integer(2000, 10, 20_000).describe(
    'Most lexical tokens of a document, and most fields with its fragments spread',
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
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe('Where traces go (OTLP over HTTP); unset: nowhere'),
  TRUSTED_DOCUMENTS_FILE: trustedDocumentsFile
    .optional()
    .describe('A JSON file, hash to document: only these run; a router can still ask for entities'),
  CORS_ORIGINS: commaSeparated(
    z.string().refine(isOrigin, 'must be origins such as https://admin.example.com'),
  )
    .optional()
    .describe('Comma-separated origins of the web pages that may call it; unset: none'),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Least severe log line written, audit lines apart; logs are JSON lines on stdout'),
});

type Environment = z.infer<typeof environment>;

/** Where the REST API is: a base URL with `/v1`, or the embedded sandbox. */
export type UpstreamConfig =
  | { readonly kind: 'api'; readonly baseUrl: string }
  | { readonly kind: 'sandbox' };

/** How callers prove who they are. */
export type AuthConfig =
  | { readonly kind: 'passthrough' }
  | {
      readonly kind: 'service';
      /** Undefined: the embedded sandbox's own. */
      readonly apiKey: string | undefined;
      readonly keys:
        | { readonly kind: 'jwks'; readonly url: string }
        | { readonly kind: 'secret'; readonly secret: string };
      readonly issuer: string;
      readonly audience: string;
      readonly readScope: string;
      readonly writeScope: string;
    };

/** What the process was told, checked and frozen. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly upstream: UpstreamConfig;
  readonly organization: string | undefined;
  readonly auth: AuthConfig;
  /** Ids and slugs; null: any organization. Undefined: the default one only. */
  readonly allowedOrganizations: readonly string[] | null | undefined;
  /** What replicas share; null: each keeps its own in memory. */
  readonly redis: { readonly url: string; readonly secret: string } | null;
  readonly upstreamTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly upstreamConcurrency: number;
  readonly upstreamQuota: { readonly requestsPerHour: number; readonly burst: number };
  readonly upstreamMaxLimit: number;
  readonly maxPageSize: number;
  readonly maxScanItems: number;
  readonly maxUpstreamCalls: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  readonly maxTokens: number;
  readonly lookupTtlMs: number;
  readonly idempotencyTtlSeconds: number;
  readonly bulkChunkSize: number;
  readonly traceEndpoint: string | undefined;
  readonly graphiql: boolean;
  readonly introspection: boolean;
  /** The only documents that run; null: any. */
  readonly trustedDocuments: TrustedDocuments | null;
  readonly corsOrigins: readonly string[];
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

const serviceOnly = ['JWT_JWKS_URL', 'JWT_SECRET', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;

/** A gateway that cannot know its callers must not start. */
const authContradictions = (given: Variables): string[] => {
  const has = (name: string) => given[name] !== undefined;
  const usesSandbox = !has('APPLIVERY_BASE_URL');
  if (given['AUTH_MODE'] !== 'service') {
    const idle = serviceOnly.filter(has);
    return [
      ...(has('APPLIVERY_API_KEY') && !usesSandbox
        ? [
            'APPLIVERY_API_KEY is refused with AUTH_MODE=passthrough, where callers bring their own keys: unset it, or set AUTH_MODE=service',
          ]
        : []),
      ...idle.map(
        (name) => `${name} has no meaning with AUTH_MODE=passthrough: set AUTH_MODE=service`,
      ),
    ];
  }
  const required = ['JWT_ISSUER', 'JWT_AUDIENCE', ...(usesSandbox ? [] : ['APPLIVERY_API_KEY'])];
  const faults = required
    .filter((name) => !has(name))
    .map((name) => `${name} is required with AUTH_MODE=service`);
  if (has('JWT_JWKS_URL') === has('JWT_SECRET')) {
    faults.push('AUTH_MODE=service needs either JWT_JWKS_URL or JWT_SECRET, and not both');
  }
  if (!usesSandbox && !has('APPLIVERY_ORGANIZATION_ID') && !has('ALLOWED_ORGANIZATIONS')) {
    faults.push(
      'AUTH_MODE=service needs APPLIVERY_ORGANIZATION_ID or ALLOWED_ORGANIZATIONS: its callers share one key, and may not use it everywhere',
    );
  }
  return faults;
};

const organizationContradictions = (given: Variables): string[] => {
  const { APPLIVERY_ORGANIZATION_ID: byDefault, ALLOWED_ORGANIZATIONS: allowed } = given;
  const names = allowed?.split(',').map((name) => name.trim().toLowerCase());
  return byDefault === undefined || !names || names.includes(byDefault.toLowerCase())
    ? []
    : ['ALLOWED_ORGANIZATIONS must name APPLIVERY_ORGANIZATION_ID, too'];
};

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
  return [...faults, ...authContradictions(given), ...organizationContradictions(given)];
};

const toAuth = (values: Environment): AuthConfig => {
  const { JWT_JWKS_URL: url, JWT_SECRET: secret = '' } = values;
  return values.AUTH_MODE === 'passthrough'
    ? { kind: 'passthrough' }
    : {
        kind: 'service',
        apiKey: values.APPLIVERY_BASE_URL === undefined ? undefined : values.APPLIVERY_API_KEY,
        keys: url === undefined ? { kind: 'secret', secret } : { kind: 'jwks', url },
        issuer: values.JWT_ISSUER ?? '',
        audience: values.JWT_AUDIENCE ?? '',
        readScope: values.JWT_READ_SCOPE,
        writeScope: values.JWT_WRITE_SCOPE,
      };
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
    auth: toAuth(values),
    allowedOrganizations:
      values.ALLOWED_ORGANIZATIONS ?? (values.AUTH_MODE === 'service' ? undefined : null),
    redis:
      values.REDIS_URL !== undefined && values.SHARED_SECRET !== undefined
        ? { url: values.REDIS_URL, secret: values.SHARED_SECRET }
        : null,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    upstreamConcurrency: values.UPSTREAM_CONCURRENCY,
    upstreamQuota: {
      requestsPerHour: values.UPSTREAM_REQUESTS_PER_HOUR,
      burst: values.UPSTREAM_BURST,
    },
    upstreamMaxLimit: values.UPSTREAM_MAX_LIMIT,
    maxPageSize: values.MAX_PAGE_SIZE,
    maxScanItems: values.MAX_SCAN_ITEMS,
    maxUpstreamCalls: values.MAX_UPSTREAM_CALLS,
    maxDepth: values.MAX_DEPTH,
    maxAliases: values.MAX_ALIASES,
    maxDirectives: values.MAX_DIRECTIVES,
    maxTokens: values.MAX_TOKENS,
    lookupTtlMs: values.LOOKUP_TTL_MS,
    idempotencyTtlSeconds: values.IDEMPOTENCY_TTL_SECONDS,
    bulkChunkSize: values.BULK_CHUNK_SIZE,
    traceEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    trustedDocuments: values.TRUSTED_DOCUMENTS_FILE ?? null,
    corsOrigins: values.CORS_ORIGINS ?? [],
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
