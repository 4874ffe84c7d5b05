import type { Server } from 'node:http';
import { type App, createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import type { SourceExamples } from '../../src/server/graphiql/example-data.ts';
import type { Loose } from './loose.ts';
import { createSecretWatch, type SecretWatch, secretsOfSandbox } from './secret-watch.ts';

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
  /** Which of several operations runs. */
  readonly operationName?: string;
  /** The Authorization header; the sandbox's full key where left out, none where null. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Gateway {
  /** The URL of `/graphql`. */
  readonly url: string;
  readonly ask: (query: string, options?: AskOptions) => Promise<GraphQLAnswer>;
  readonly app: App;
  /** The newest lines of its log, parsed. */
  readonly logged: () => readonly Loose[];
  /** Throws where a credential was logged, measured, or told in an error or an explanation. */
  readonly close: () => Promise<void>;
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

/** Asks a gateway over HTTP, as any client would. */
export const createAsk =
  (url: string, authorizationByDefault: string | null, watch?: SecretWatch): Gateway['ask'] =>
  async (query, options = {}) => {
    const { variables, operationName, headers, signal } = options;
    const { authorization = authorizationByDefault } = options;
    if (authorization !== null) watch?.guard(authorization);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === null ? {} : { authorization }),
        ...headers,
      },
      body: JSON.stringify({ query, variables, operationName }),
      ...(signal && { signal }),
    });
    const body = (await response.json()) as Partial<GraphQLAnswer>;
    watch?.see('an error', JSON.stringify(body.errors ?? []));
    watch?.see('an explanation', JSON.stringify(body.extensions ?? null));
    return {
      status: response.status,
      headers: response.headers,
      data: body.data ?? null,
      errors: body.errors ?? [],
      extensions: body.extensions ?? null,
    };
  };

const mostLines = 1_000;

/** A gateway on a port of its own, in front of an API that is already there. */
export const startGateway = async (
  upstream: {
    readonly baseUrl: string;
    readonly organization?: string;
    readonly apiKey?: string;
    /** Credentials behind it that must never show. */
    readonly secrets?: () => readonly string[];
    /** The Authorization header of callers who send none, as with the embedded sandbox. */
    readonly anonymousAuthorization?: string;
    /** What GraphiQL's examples ask for. */
    readonly examples?: SourceExamples;
  },
  environment: Readonly<Record<string, string>> = {},
): Promise<Gateway> => {
  const config = parseConfig({
    LOG_LEVEL: 'trace',
    // So that no walk waits for its turn: tests of the quota set their own.
    UPSTREAM_REQUESTS_PER_HOUR: '100000000',
    UPSTREAM_BURST: '1000000',
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
    watch.see('the log', line);
    lines.push(line);
    if (lines.length > mostLines) lines.shift();
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
      const metrics = await fetch(new URL('/metrics', url)).catch(() => null);
      if (metrics) watch.see('the metrics', await metrics.text());
      server.close();
      server.closeAllConnections();
      await app.close();
      watch.check(upstream.secrets?.() ?? []);
    },
  };
};

export interface World extends Gateway {
  readonly sandbox: Sandbox;
  /** Where the sandbox answers, for further gateways in front of it. */
  readonly baseUrl: string;
  /** Path and query of every request that reached the sandbox since the last clearRequests. */
  readonly calls: () => string[];
}

/** A gateway and a sandbox of its own behind it, both over real HTTP. */
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
