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

// Repeats `isOrganizationName` of the domain: config may import no other part.
const organizationName = /^[a-z\d-]{3,128}$/i;
const organizationFault = 'must be a 24-digit id, or a slug of letters, digits and hyphens';

const commaSeparated = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item));

/** Whether a browser can send this text as the origin of a page. It can send no wildcard and no path. */
const isOrigin = (text: string): boolean =>
  /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** Whether the name, password and database of a URL can be decoded. There, `%` must be written as `%25`. */
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

/** Documents by their ids, usually hashes, without the name of an algorithm. Clients send the id instead of the document. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** Some generators write the algorithm before the hash, and some clients send it. */
export const withoutAlgorithm = (id: string): string => id.replace(/^sha256:/, '');

/** Either an object from ids to documents, which most generators write, or a manifest with a list of operations. */
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

/** A file of trusted documents, read at the start. Some editors add a byte order mark, which is skipped. */
const trustedDocumentsFile = z.string().transform((path, context): TrustedDocuments => {
  const fault = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const text = readText(path);
  if (text === null) return fault(`names a file that does not exist or cannot be read: ${path}`);
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (json === undefined) return fault(`must name a file of valid JSON: ${path} is not`);
  const { data } = trustedDocuments.safeParse(json);
  if (data === undefined) {
    return fault(`must name a JSON object of documents by their hashes: ${path} is not`);
  }
  const documents = new Map<string, string>();
  for (const [id, text] of data) {
    const name = withoutAlgorithm(id);
    if ((documents.get(name) ?? text) !== text)
      return fault(`lists two documents as ${id}: ${path}`);
    documents.set(name, text);
  }
  return documents;
});

const hour = 3_600_000;

/** Every environment variable. The table in docs/configuration.md is generated from the descriptions. */
const environment = z.object({
  NODE_ENV: z
    .string()
    .optional()
    .describe(
      'With `production`, GraphiQL and introspection are off and `APPLIVERY_BASE_URL` is required.',
    ),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on. The image sets `0.0.0.0`.'),
  PORT: integer(4000, 0, 65_535).describe('Port to listen on. `0` selects a free port.'),
  APPLIVERY_BASE_URL: httpUrl
    .optional()
    .describe(
      'Base URL of the REST API, with `/v1`. If unset, the embedded sandbox is used, except in production.',
    ),
  SANDBOX: flag.describe('`true` selects the embedded sandbox, also in production.'),
  SANDBOX_ACTIVITY_SECONDS: integer(0, 0, 86_400).describe(
    'About this often, a device enrolls with a pending token of the embedded sandbox, and now and then a token is created or revoked (docs/sandbox.md). `0`: never.',
  ),
  APPLIVERY_ORGANIZATION_ID: z
    .string()
    .regex(organizationName, organizationFault)
    .optional()
    .describe('Default organization, as an id or a slug. The sandbox has its own.'),
  AUTH_MODE: z
    .enum(['passthrough', 'service'], 'must be passthrough or service')
    .default('passthrough')
    .describe(
      "`passthrough`: the caller's `Authorization: Bearer …` is sent to the API unchanged. `service`: callers authenticate with a JWT, and the gateway calls the API with `APPLIVERY_API_KEY`.",
    ),
  APPLIVERY_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe(
      'Key for the API. Required with `AUTH_MODE=service`, not allowed with `passthrough`. The sandbox has its own.',
    ),
  JWT_JWKS_URL: httpUrl
    .optional()
    .describe('URL of the public keys of the JWT issuer. Set either this or `JWT_SECRET`.'),
  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('Secret with which JWTs are signed (HS256, HS384, HS512).'),
  JWT_ISSUER: z.string().optional().describe('Required `iss` of a JWT.'),
  JWT_AUDIENCE: z.string().optional().describe('Required `aud` of a JWT.'),
  JWT_READ_SCOPE: z
    .string()
    .regex(/^\S+$/, 'must be one scope')
    .default('enrollment:read')
    .describe(
      'Scope for queries, subscriptions, and for mutations that select more than ids and outcomes. Enrollment links, codes and QR codes need it.',
    ),
  JWT_WRITE_SCOPE: z
    .string()
    .regex(/^\S+$/, 'must be one scope')
    .default('enrollment:write')
    .describe(
      'Scope for mutations. Without the read scope, a mutation can select ids, outcomes and errors (docs/errors.md, Scopes).',
    ),
  ALLOWED_ORGANIZATIONS: commaSeparated(z.string().regex(organizationName, organizationFault))
    .optional()
    .describe(
      'Comma-separated ids and slugs, as callers name them. Other organizations are refused before any call. Default: any with `passthrough`; the default organization with `service`.',
    ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
    .refine(
      isDecodable,
      'has a % that does not begin an escape: write it as %25 in the name or password',
    )
    .optional()
    .describe(
      'Replicas share idempotency records, the lookup cache, persisted queries, the quota and the reading for subscriptions in this Redis. If unset, each process keeps them in memory.',
    ),
  SHARED_SECRET: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe(
      'Key for the hashes of credentials. Required with `REDIS_URL`, and the same on every replica.',
    ),
  UPSTREAM_TIMEOUT_MS: integer(20_000, 1, hour).describe(
    'Limit of one attempt at the API, including the body, in milliseconds.',
  ),
  REQUEST_TIMEOUT_MS: integer(30_000, 1, hour).describe(
    'Limit of a whole operation, in milliseconds. Each call to the API gets at most the remaining time.',
  ),
  UPSTREAM_CONCURRENCY: integer(32, 1, 1000).describe(
    'Limit of concurrent calls of one process to the API. Further calls wait. An operation that gets no slot within 1.5 s is refused.',
  ),
  UPSTREAM_REQUESTS_PER_HOUR: integer(10_000, 1, 100_000_000).describe(
    "An organization's quota of requests to the API. With Redis, replicas share it.",
  ),
  UPSTREAM_BURST: integer(100, 1, 1_000_000).describe(
    'Requests of that quota that may be sent at once after a pause.',
  ),
  UPSTREAM_MAX_LIMIT: integer(500, 1, 10_000).describe('Largest `limit` in a request for a list.'),
  MAX_PAGE_SIZE: integer(100, 1, 1000).describe('Limit of nodes in one page.'),
  MAX_SCAN_ITEMS: integer(2000, 1, 1_000_000).describe(
    'Limit of items that one filtered page reads from the API.',
  ),
  MAX_UPSTREAM_CALLS: integer(100, 1, 10_000).describe(
    'Limit of calls to the API in one operation. An operation with a higher estimate is refused before it starts, and no operation makes more attempts while it runs.',
  ),
  MAX_DEPTH: integer(12, 1, 100).describe('Limit of the depth of an operation.'),
  MAX_ALIASES: integer(30, 0, 1000).describe(
    'Limit of aliases in an operation, and of root fields. Fragments count wherever they are spread.',
  ),
  MAX_DIRECTIVES: integer(50, 0, 1000).describe('Limit of directives in an operation.'),
  MAX_TOKENS: integer(2000, 10, 20_000).describe(
    'Limit of lexical tokens in a document, and of fields. Fragments count wherever they are spread.',
  ),
  LIVE_INTERVAL_SECONDS: integer(15, 1, 3600).describe(
    'How often the tokens of a followed organization are read for subscriptions, in seconds. The interval grows while the quota runs low.',
  ),
  MAX_SUBSCRIPTIONS: integer(1000, 1, 100_000).describe(
    'Limit of subscriptions that one process serves at a time, and of WebSockets. Further ones are refused.',
  ),
  WEBHOOK_SECRET: z
    .string()
    .min(8, 'must have at least 8 characters')
    .max(200, 'must have at most 200 characters')
    // The characters that no client escapes in a path (RFC 3986, "unreserved"): the path is compared as it is sent.
    .regex(
      /^[\w.~-]*$/,
      'must have only letters, digits and - . _ ~, which stay as they are in a URL',
    )
    .optional()
    .describe(
      'Opens `POST /webhooks/<secret>`: a call makes the gateway read what is followed at once (docs/changes.md). 8 to 200 letters, digits and `-._~`: choose 32 random ones or more. If unset, the route does not exist.',
    ),
  LOOKUP_TTL_MS: integer(30_000, 0, hour).describe(
    'How long a policy or user is cached, in milliseconds. `0` turns the cache off.',
  ),
  IDEMPOTENCY_TTL_SECONDS: integer(86_400, 60, 30 * 86_400).describe(
    'How long the outcome of a create with an idempotency key is stored.',
  ),
  BULK_CHUNK_SIZE: integer(50, 1, 1000).describe(
    'Number of addresses in one bulk call to the API.',
  ),
  GRAPHIQL: flag.describe('GraphiQL at `/graphql`. Default: on; off in production.'),
  INTROSPECTION: flag.describe('Schema introspection. Default: on; off in production.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe('Collector for traces (OTLP over HTTP). If unset, no traces are sent.'),
  TRUSTED_DOCUMENTS_FILE: trustedDocumentsFile
    .optional()
    .describe(
      'JSON file with documents by their hashes (docs/documents.md). Only these run, and the documents of a router.',
    ),
  CORS_ORIGINS: commaSeparated(
    z.string().refine(isOrigin, 'must be origins such as https://admin.example.com'),
  )
    .optional()
    .describe(
      'Comma-separated origins of web pages that may call the gateway, with any header, and connect by WebSocket. Wildcards are not possible. Default: none.',
    ),
  COMPRESSION: flag
    .default(true)
    .describe(
      '`true`: answers of 4 KiB and more are compressed for clients that accept it (`br` or `gzip`). `false`: none is, for example behind a proxy that does it.',
    ),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe(
      'Lowest level that is logged. Audit lines are logged at every level except `silent`. The log is JSON lines on stdout.',
    ),
});

type Environment = z.infer<typeof environment>;

/** The environment is not valid. The message lists every fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

const serviceOnly = ['JWT_JWKS_URL', 'JWT_SECRET', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;

/** Faults that concern more than one variable. They are reported even if a variable has a fault of its own. */
const contradictions = (given: Variables): string[] => {
  const { NODE_ENV: mode, SANDBOX: sandbox, APPLIVERY_ORGANIZATION_ID: organization } = given;
  const has = (name: keyof Environment) => given[name] !== undefined;
  const usesApi = has('APPLIVERY_BASE_URL');
  const isApiMissing = !usesApi && sandbox !== 'true';
  const isService = given['AUTH_MODE'] === 'service';
  const allowed = given['ALLOWED_ORGANIZATIONS']?.toLowerCase().split(',');
  const isAllowed = allowed?.some((name) => name.trim() === organization?.toLowerCase());
  const faults = [
    usesApi &&
      sandbox === 'true' &&
      'SANDBOX=true and APPLIVERY_BASE_URL exclude each other: unset one of them',
    usesApi &&
      has('SANDBOX_ACTIVITY_SECONDS') &&
      'SANDBOX_ACTIVITY_SECONDS has no meaning with APPLIVERY_BASE_URL: unset one of them',
    isApiMissing &&
      mode === 'production' &&
      'APPLIVERY_BASE_URL is required in production: set it to the REST API (for example https://api.applivery.io/v1), or set SANDBOX=true to serve invented data on purpose',
    isApiMissing &&
      mode !== 'production' &&
      sandbox === 'false' &&
      'APPLIVERY_BASE_URL is required with SANDBOX=false',
    has('REDIS_URL') &&
      !has('SHARED_SECRET') &&
      'SHARED_SECRET is required with REDIS_URL: it is the key of the hashes in the names of shared entries',
    !isService &&
      usesApi &&
      has('APPLIVERY_API_KEY') &&
      'APPLIVERY_API_KEY is refused with AUTH_MODE=passthrough, where callers send their own keys: unset it, or set AUTH_MODE=service',
    ...serviceOnly.map(
      (name) =>
        !isService &&
        has(name) &&
        `${name} has no meaning with AUTH_MODE=passthrough: set AUTH_MODE=service`,
    ),
    ...(['JWT_ISSUER', 'JWT_AUDIENCE', 'APPLIVERY_API_KEY'] as const).map(
      (name) =>
        isService &&
        !has(name) &&
        (usesApi || name !== 'APPLIVERY_API_KEY') &&
        `${name} is required with AUTH_MODE=service`,
    ),
    isService &&
      has('JWT_JWKS_URL') === has('JWT_SECRET') &&
      'AUTH_MODE=service needs either JWT_JWKS_URL or JWT_SECRET, and not both',
    isService &&
      usesApi &&
      organization === undefined &&
      allowed === undefined &&
      'AUTH_MODE=service needs APPLIVERY_ORGANIZATION_ID or ALLOWED_ORGANIZATIONS: all callers use one key, so its organizations must be listed',
    organization !== undefined &&
      isAllowed === false &&
      'ALLOWED_ORGANIZATIONS must name APPLIVERY_ORGANIZATION_ID as well',
  ];
  return faults.filter((fault) => fault !== false);
};

/** How callers authenticate. */
const toAuth = (values: Environment) => {
  const { JWT_JWKS_URL: url, JWT_SECRET: secret = '' } = values;
  if (values.AUTH_MODE === 'passthrough') return { kind: 'passthrough' } as const;
  return {
    kind: 'service',
    /** Undefined: the key of the embedded sandbox. */
    apiKey: values.APPLIVERY_BASE_URL === undefined ? undefined : values.APPLIVERY_API_KEY,
    keys:
      url === undefined ? ({ kind: 'secret', secret } as const) : ({ kind: 'jwks', url } as const),
    issuer: values.JWT_ISSUER ?? '',
    audience: values.JWT_AUDIENCE ?? '',
    readScope: values.JWT_READ_SCOPE,
    writeScope: values.JWT_WRITE_SCOPE,
  } as const;
};

const toConfig = (values: Environment) => {
  const production = values.NODE_ENV === 'production';
  return Object.freeze({
    production,
    host: values.HOST,
    port: values.PORT,
    /** Where the REST API is: a base URL with `/v1`, or the embedded sandbox. */
    upstream:
      values.APPLIVERY_BASE_URL === undefined
        ? ({ kind: 'sandbox', activitySeconds: values.SANDBOX_ACTIVITY_SECONDS } as const)
        : ({ kind: 'api', baseUrl: values.APPLIVERY_BASE_URL.replace(/\/+$/, '') } as const),
    organization: values.APPLIVERY_ORGANIZATION_ID,
    auth: toAuth(values),
    /** Ids and slugs. Null: any organization. Undefined: only the default one. */
    allowedOrganizations:
      values.ALLOWED_ORGANIZATIONS ?? (values.AUTH_MODE === 'service' ? undefined : null),
    /** Where replicas share their state. Null: each process keeps it in memory. */
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
    liveIntervalSeconds: values.LIVE_INTERVAL_SECONDS,
    maxSubscriptions: values.MAX_SUBSCRIPTIONS,
    /** Undefined: there is no route for webhooks. */
    webhookSecret: values.WEBHOOK_SECRET,
    lookupTtlMs: values.LOOKUP_TTL_MS,
    idempotencyTtlSeconds: values.IDEMPOTENCY_TTL_SECONDS,
    bulkChunkSize: values.BULK_CHUNK_SIZE,
    traceEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    /** The documents that may run. Null: any. */
    trustedDocuments: values.TRUSTED_DOCUMENTS_FILE ?? null,
    corsOrigins: values.CORS_ORIGINS ?? [],
    compression: values.COMPRESSION,
    logLevel: values.LOG_LEVEL,
  });
};

/** The validated configuration, frozen. */
export type Config = ReturnType<typeof toConfig>;

export type AuthConfig = Config['auth'];

/** Validates the environment. An empty value counts as unset. Throws a ConfigError that lists every fault. */
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

/** One row of the table in docs/configuration.md. */
export interface ConfigReferenceRow {
  readonly name: string;
  readonly fallback: string;
  readonly description: string;
}

/** All variables with their defaults and descriptions, in the order of the schema. */
export const configReference = (): ConfigReferenceRow[] =>
  Object.entries(environment.shape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined).data;
    return {
      name,
      fallback: fallback === undefined ? 'unset' : String(fallback),
      description: schema.description ?? '',
    };
  });
