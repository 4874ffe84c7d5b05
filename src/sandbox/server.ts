import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createApi, toAnswer } from './api.ts';
import { createRandom } from './data/random.ts';
import { seedOrganization } from './data/seed-organization.ts';
import { cleanToken } from './data/token.ts';
import { exchange, parseBody, readText, toListFaults } from './exchange.ts';
import { ApiFailure, internalFailure } from './failure.ts';
import { createFaults, type FaultKind, readFaultHeader } from './faults.ts';
import { createKeyRing } from './keys.ts';
import type { PlatformSandbox } from './platform.ts';
import { createQuota } from './quota.ts';
import { createRequestLog, type LoggedRequest } from './request-log.ts';
import { createRouter, matchesPattern, type Route } from './router.ts';
import { organizationRoutes } from './routes/organization-routes.ts';
import { policyRoutes, policySummaryRoute } from './routes/policy-routes.ts';
import { creationFailed, tokenReadRoutes } from './routes/token-reads.ts';
import { tokenWriteRoutes } from './routes/token-writes.ts';
import { userReadRoutes } from './routes/user-routes.ts';
import { userWriteRoutes } from './routes/user-writes.ts';
import type { OrganizationOptions, Sandbox, SandboxOptions } from './sandbox.ts';

const routesOf = (platforms: readonly PlatformSandbox[]): readonly Route[] => [
  ...organizationRoutes,
  ...userReadRoutes,
  ...userWriteRoutes,
  policySummaryRoute,
  ...platforms.flatMap((platform) => [
    ...tokenReadRoutes(platform),
    ...tokenWriteRoutes(platform),
    ...policyRoutes(platform),
  ]),
];

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'authorization')
      .map(([name, value]): [string, string] => [name, String(value)]),
  );

const jsonOf = (text: string | undefined): unknown => {
  try {
    return parseBody(text);
  } catch {
    return undefined;
  }
};

/** Creates the sandbox. It opens no port before `listen`. */
export const createSandbox = (options: SandboxOptions): Sandbox => {
  const { platforms, seed = 1, now = new Date() } = options;
  const startedMs = performance.now();
  const clock =
    options.clock ?? (() => new Date(now.getTime() + Math.floor(performance.now() - startedMs)));
  let organizations = 0;
  const seedOne = (seeds: OrganizationOptions) =>
    seedOrganization(platforms, {
      name: seeds.slug,
      seed: seed + organizations++,
      now,
      tokens: options.tokens ?? 5_000,
      policies: options.policies ?? 40,
      users: options.users ?? 300,
      embeds: options.embeds ?? 'mixed',
      oddities: options.oddities ?? true,
      ...(options.collate === undefined ? {} : { collate: options.collate }),
      ...seeds,
    });
  const organization = seedOne({ slug: 'lumen-logistics', name: 'Lumen Logistics' });
  const keys = createKeyRing(createRandom(seed, 'keys'));
  const apiKey = keys.add(organization);
  const quota = createQuota(options.requestsPerHour ?? null, clock);
  const faults = createFaults();
  const log = createRequestLog();
  const listeners = new Set<(request: LoggedRequest) => void | Promise<void>>();
  const switchedOff = new Set(options.switchedOff);
  const findRoute = createRouter(routesOf(platforms));
  const answer = createApi({
    keys,
    quota,
    now: clock,
    hidesDeleted: options.hidesDeleted ?? false,
  });
  const shuffles = createRandom(seed, 'ties');
  const closing = new AbortController();

  const matchOf = (method: string, pathname: string) => {
    const match = pathname.startsWith('/v1/') ? findRoute(method, pathname.slice(3)) : undefined;
    const off = [...switchedOff].some(
      (pattern) => match !== undefined && matchesPattern(pattern, match.route.operation),
    );
    return off ? undefined : match;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const url = new URL(path, 'http://sandbox.invalid');
    const match = matchOf(method, url.pathname);
    const text = await readText(request);
    const entry: LoggedRequest = {
      method,
      path: url.pathname,
      template: match?.route.path ?? null,
      operation: match?.route.operation ?? null,
      platform: match?.route.platform ?? null,
      query: Object.fromEntries(url.searchParams),
      body: jsonOf(text),
      headers: headersOf(request),
      authorized: request.headers.authorization !== undefined,
      status: null,
    };
    log.add(entry);
    for (const listener of [...listeners]) await listener(entry);
    const header = request.headers['x-sandbox-fault'];
    const struck: readonly FaultKind[] = [
      ...faults.strike({ ...entry, url: path }),
      ...(header === undefined ? [] : readFaultHeader(String(header))),
    ];
    const platform = platforms.find(({ key }) => key === entry.platform);
    entry.status = await exchange(
      request,
      response,
      struck,
      () => (platform === undefined ? internalFailure() : creationFailed(platform)),
      () =>
        answer({
          match,
          query: url.searchParams,
          authorization: request.headers.authorization,
          readBody: () => parseBody(text),
          listFaults: toListFaults(struck, shuffles),
        }),
      closing.signal,
    );
  };

  // Clients keep connections open. A connection that ends while a request is written looks like a lost answer.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy();
      const failure = toAnswer(error instanceof ApiFailure ? error : internalFailure());
      response.writeHead(failure.status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(failure.body));
    });
  });

  return {
    listen: (port = 0, host = '127.0.0.1') =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          const address = server.address();
          const taken = typeof address === 'object' && address !== null ? address.port : port;
          resolve({ baseUrl: `http://${host}:${taken}/v1` });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    apiKey,
    organizationId: organization.id,
    organizationSlug: organization.slug,
    organization,
    platform: organization.platform,
    addOrganization: seedOne,
    addKey: (key = {}) => keys.add(key.organization ?? organization, key.permissions),
    revokeKey: keys.revoke,
    addToken: (platform, fields = {}) => {
      const token = cleanToken(organization, organization.platform(platform), clock());
      const id = fields['id'];
      return organization
        .platform(platform)
        .tokens.add({ ...token, ...fields, id: typeof id === 'string' ? id : token.id });
    },
    requests: log.all,
    clearRequests: log.clear,
    onRequest: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    faults,
    setQuota: quota.set,
    switchOff: (pattern) => {
      switchedOff.add(pattern);
    },
    switchOn: (pattern) => {
      switchedOff.delete(pattern);
    },
  };
};
