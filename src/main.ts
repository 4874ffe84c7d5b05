import { once } from 'node:events';
import type { Server } from 'node:http';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, createApp, type Upstream } from './app.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { loadSandboxes } from './platforms/registry.ts';
import { startTracing } from './server/tracing.ts';

/**
 * How long requests under way may take after SIGTERM, how long none may have come before the port is closed, and how long
 * the closing of connections may take.
 */
const drainMs = 24_000;
const quietMs = 250;
const closeMs = 500;

/** Starts the embedded sandbox on a loopback port, or points at the API. */
const openUpstream = async (config: Config): Promise<Upstream> => {
  if (config.upstream.kind === 'api') {
    return { baseUrl: config.upstream.baseUrl, organization: config.organization };
  }
  const { createSandbox } = await import('./sandbox/server.ts');
  const { pickExamples } = await import('./sandbox/examples.ts');
  const sandbox = createSandbox({
    platforms: await loadSandboxes(),
  });
  const { baseUrl } = await sandbox.listen();
  return {
    baseUrl,
    organization: config.organization ?? sandbox.organizationId,
    anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
    examples: pickExamples(sandbox),
  };
};

/**
 * Lets requests finish before the process ends: new connections are still taken meanwhile, since balancers learn
 * only from the readiness route that this replica leaves.
 */
const drain = async (
  app: App,
  server: Server,
  flushTraces: (() => Promise<void>) | undefined,
): Promise<void> => {
  app.drain();
  await Promise.race([app.whenQuiet(quietMs), delay(drainMs)]);
  server.close();
  await Promise.race([Promise.allSettled([app.close(), flushTraces?.()]), delay(closeMs)]);
  process.exit(0);
};

/** Once there is one: the errors that end the process are said there, too, without credentials. */
let logger: App['logger'] | null = null;

const main = async (): Promise<void> => {
  const config = parseConfig(process.env);
  const flushTraces = config.traceEndpoint && (await startTracing(config.traceEndpoint));
  const app = await createApp(config, await openUpstream(config));
  logger = app.logger;
  const server = app.createHttpServer();
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void drain(app, server, flushTraces || undefined));
  }
  process.stdout.write(
    `Ready: http://${host}:${port}/graphql${config.graphiql ? ' (GraphiQL in a browser)' : ''}\n`,
  );
};

/** A process that failed unexpectedly ends at once: half alive is worse than gone. */
const fail = (error: unknown): void => {
  if (logger?.isLevelEnabled('fatal')) {
    logger.fatal({ err: error }, 'an unexpected error ended the process');
  } else {
    const message = error instanceof ConfigError ? error.message : error;
    process.stderr.write(`${message instanceof Error ? message.stack : String(message)}\n`);
  }
  process.exit(1);
};

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
