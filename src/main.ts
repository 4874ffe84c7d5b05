import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { App, Upstream } from './app.ts';
import type { Config } from './config.ts';

// Only Node's own modules are loaded before this: a signal that comes while the rest is loaded would kill the process.
let isEnding = false;

/** Ends the process. While it starts nothing is in progress. */
let end = (): unknown => process.exit(0);

const endOnce = (): void => {
  if (isEnding) return;
  isEnding = true;
  end();
};
process.on('SIGTERM', endOnce).on('SIGINT', endOnce);

// What cannot be said must not end the process. The log counts its own failures.
process.stderr.on('error', () => {});

/** Starts the embedded sandbox on a loopback port, or points at the API. */
const openUpstream = async (config: Config): Promise<Upstream> => {
  if (config.upstream.kind === 'api') {
    return { baseUrl: config.upstream.baseUrl, organization: config.organization };
  }
  const { createSandbox } = await import('./sandbox/server.ts');
  const { pickExamples } = await import('./sandbox/examples.ts');
  const { loadSandboxes } = await import('./platforms/registry.ts');
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

/** Once there is one: the errors that end the process are said there, too, without credentials. */
let logger: App['logger'] | null = null;

const main = async (): Promise<void> => {
  const [{ createApp }, { parseConfig }, { startTracing }] = await Promise.all([
    import('./app.ts'),
    import('./config.ts'),
    import('./server/telemetry/tracing.ts'),
  ]);
  const config = parseConfig(process.env);
  const flushTraces = config.traceEndpoint && (await startTracing(config.traceEndpoint));
  const app = await createApp(config, await openUpstream(config), process.stdout);
  logger = app.logger;
  const server = app.createHttpServer();
  end = async () => {
    app.drain();
    await app.finish(server);
    const closing = Promise.allSettled([app.close(), flushTraces ? flushTraces() : null]);
    await Promise.race([closing, delay(app.closeMs)]);
    process.exit(0);
  };
  server.listen(config.port, config.host);
  await once(server, 'listening');
  // The whole start can be one turn of the event loop: a signal that came during it is handled first.
  await nextTurn();
  if (isEnding) return;
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const hint = config.graphiql ? ' (GraphiQL in a browser)' : '';
  app.writeLine(`Ready: http://${host}:${port}/graphql${hint}`);
};

/** A process that failed unexpectedly ends at once: half alive is worse than gone. */
const fail = (error: unknown): void => {
  if (logger?.isLevelEnabled('fatal')) {
    logger.fatal({ err: error }, 'an unexpected error ended the process');
  } else {
    const isExpected = error instanceof Error && error.name === 'ConfigError';
    const text = error instanceof Error && !isExpected ? error.stack : String(error);
    process.stderr.write(`${isExpected ? error.message : text}\n`);
  }
  process.exit(1);
};

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
