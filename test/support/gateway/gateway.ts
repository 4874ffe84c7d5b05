import { type App, createApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import type { SourceExamples } from '../../../src/server/graphiql/example-data.ts';
import { listen } from '../http/listen.ts';
import { postJson } from '../http/post-json.ts';
import type { Loose } from '../loose.ts';
import { ampleQuota } from './ample-quota.ts';
import { scrape } from './metrics.ts';
import { createSecretWatch, type SecretWatch, secretsOfSandbox } from './secret-watch.ts';

/** An answer of the gateway. Its data has no type, because its shape is what tests check. */
export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions: any;
}

export interface AskOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The operation to run, if the document has several. */
  readonly operationName?: string;
  /** The Authorization header. Default: the sandbox's key with all permissions; null: no header. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A gateway inside the test process, on a real port. */
export interface Gateway {
  /** The URL of `/graphql`. */
  readonly url: string;
  readonly ask: (query: string, options?: AskOptions) => Promise<GraphQLAnswer>;
  readonly app: App;
  /** The newest log lines, parsed. */
  readonly logged: () => readonly Loose[];
  /** Stops the gateway. Throws if a credential was in the log, the metrics, an error or the extensions of an answer. */
  readonly close: () => Promise<void>;
}

/** Creates a function that sends operations to a gateway over HTTP. */
export const createAsk =
  (url: string, authorizationByDefault: string | null, watch?: SecretWatch): Gateway['ask'] =>
  async (query, options = {}) => {
    const { variables, operationName, headers, signal } = options;
    const { authorization = authorizationByDefault } = options;
    if (authorization !== null) watch?.addSecret(authorization);
    const response = await postJson(
      url,
      { query, variables, operationName },
      { ...(authorization === null ? {} : { authorization }), ...headers },
      signal,
    );
    const body = (await response.json()) as Partial<GraphQLAnswer>;
    watch?.record('an error', JSON.stringify(body.errors ?? []));
    watch?.record('extensions of an answer', JSON.stringify(body.extensions ?? null));
    return {
      status: response.status,
      headers: response.headers,
      data: body.data ?? null,
      errors: body.errors ?? [],
      extensions: body.extensions ?? null,
    };
  };

const maxLines = 1_000;

/** Starts a gateway on a free port, in front of an API that already runs. */
export const startGateway = async (
  upstream: {
    readonly baseUrl: string;
    readonly organization?: string;
    readonly apiKey?: string;
    /** Credentials of the API that must never be in logs, metrics, errors or extensions. */
    readonly secrets?: () => readonly string[];
    /** The Authorization header of callers who send none, as with the embedded sandbox. */
    readonly anonymousAuthorization?: string;
    /** The ids that GraphiQL's example operations use. */
    readonly examples?: SourceExamples;
  },
  environment: Readonly<Record<string, string>> = {},
): Promise<Gateway> => {
  const config = parseConfig({
    LOG_LEVEL: 'trace',
    // The quota must not delay reads. Tests of the quota set their own values.
    ...ampleQuota,
    APPLIVERY_BASE_URL: upstream.baseUrl,
    ...(upstream.organization && { APPLIVERY_ORGANIZATION_ID: upstream.organization }),
    ...environment,
  });
  const watch = createSecretWatch([
    ...(upstream.secrets?.() ?? []),
    ...Object.entries(environment).flatMap(([name, value]) =>
      /KEY|SECRET$/.test(name) ? [value] : [],
    ),
  ]);
  const lines: string[] = [];
  const logTo = (line: string): void => {
    watch.record('the log', line);
    lines.push(line);
    if (lines.length > maxLines) lines.shift();
  };
  const target = {
    baseUrl: upstream.baseUrl,
    organization: config.organization,
    ...(upstream.anonymousAuthorization !== undefined && {
      anonymousAuthorization: upstream.anonymousAuthorization,
    }),
    ...(upstream.examples && { examples: upstream.examples }),
  };
  const app = await createApp(config, target, logTo);
  const server = app.createHttpServer();
  const port = await listen(server);
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    url,
    ask: createAsk(url, upstream.apiKey === undefined ? null : `Bearer ${upstream.apiKey}`, watch),
    app,
    logged: () => lines.map((line): Loose => JSON.parse(line)),
    close: async () => {
      watch.record('the metrics', await scrape(url).catch(() => ''));
      // Ends the WebSockets: the server does not know them.
      app.drain();
      server.close();
      server.closeAllConnections();
      await app.close();
      watch.check(upstream.secrets?.() ?? []);
    },
  };
};

/** A gateway with its own sandbox behind it. */
export interface World extends Gateway {
  readonly sandbox: Sandbox;
  /** The base URL of the sandbox, for further gateways in front of it. */
  readonly baseUrl: string;
  /** Method and path of each request that reached the sandbox since the last `clearRequests`. */
  readonly calls: () => string[];
}

/** Starts a sandbox and a gateway in front of it, both over real HTTP. */
export const startWorld = async (
  options: Partial<SandboxOptions> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<World> => {
  const sandbox = createSandbox({
    platforms: await loadSandboxes(),
    tokens: 300,
    ...options,
  });
  const { baseUrl } = await sandbox.listen();
  const gateway = await startGateway(
    {
      baseUrl,
      organization: sandbox.organizationId,
      apiKey: sandbox.apiKey,
      secrets: () => secretsOfSandbox(sandbox),
    },
    environment,
  );
  return {
    ...gateway,
    sandbox,
    baseUrl,
    calls: () => sandbox.requests().map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      await gateway.close();
      await sandbox.close();
    },
  };
};
