import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay, setImmediate as nextIteration } from 'node:timers/promises';
import type { App, Upstream } from './app.ts';
import type { Config } from './config.ts';

// Only Node's own modules are imported before the signal handlers are set: the other imports take long, and a signal
// without a handler would kill the process.
let isEnding = false;

/** Ends the process. Nothing is in progress before the gateway has started. */
let end = (): unknown => process.exit(0);

const endOnce = (): void => {
  if (isEnding) return;
  isEnding = true;
  end();
};
process.on('SIGTERM', endOnce).on('SIGINT', endOnce);

// A failed write to stderr must not end the process. The log counts its own failures.
process.stderr.on('error', () => {});

interface EmbeddedSandbox {
  readonly sandboxUrl?: string;
  readonly setWebhook?: (url: string | null) => void;
}

/** The configured API, or the embedded sandbox, which is started on a loopback port. `sandboxUrl` is its address. */
const openUpstream = async (config: Config): Promise<Upstream & EmbeddedSandbox> => {
  if (config.upstream.kind === 'api') {
    return { baseUrl: config.upstream.baseUrl, organization: config.organization };
  }
  const { createSandbox } = await import('./sandbox/server.ts');
  const { pickExamples } = await import('./sandbox/examples.ts');
  const { loadSandboxes } = await import('./platforms/registry.ts');
  const { activitySeconds } = config.upstream;
  const sandbox = createSandbox({
    platforms: await loadSandboxes(),
    ...(activitySeconds > 0 && { activitySeconds }),
  });
  const { url, baseUrl } = await sandbox.listen();
  return {
    sandboxUrl: url,
    setWebhook: sandbox.setWebhook,
    baseUrl,
    organization: config.organization ?? sandbox.organizationId,
    anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
    examples: pickExamples(sandbox),
  };
};

/** Errors that end the process are logged here, without credentials. Null before the app exists. */
let logger: App['logger'] | null = null;

const main = async (): Promise<void> => {
  const [{ createApp }, { ConfigError, parseConfig }, { startTracing }] = await Promise.all([
    import('./app.ts'),
    import('./config.ts'),
    import('./server/telemetry/tracing.ts'),
  ]);
  const config = parseConfig(process.env);
  const flushTraces = config.traceEndpoint && (await startTracing(config.traceEndpoint));
  const { sandboxUrl, setWebhook, ...upstream } = await openUpstream(config);
  const app = await createApp(config, upstream, process.stdout);
  logger = app.logger;
  const server = app.createHttpServer();
  end = async () => {
    setWebhook?.(null);
    app.drain();
    await app.finish(server);
    const closing = Promise.allSettled([app.close(), flushTraces ? flushTraces() : null]);
    await Promise.race([closing, delay(app.closeMs)]);
    process.exit(0);
  };
  server.listen(config.port, config.host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError([
      `PORT: ${config.port} is in use at ${config.host}. Choose another port.`,
    ]);
  });
  // The start may have blocked the event loop. A signal from that time is handled now.
  await nextIteration();
  if (isEnding) return;
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  if (config.webhookSecret !== undefined) {
    // A connection to the unspecified address reaches this machine on some systems only.
    const reachable = host.replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^\[::\]$/, '[::1]');
    setWebhook?.(`http://${reachable}:${port}/webhooks/${config.webhookSecret}`);
  }
  const hint = config.graphiql ? ' (GraphiQL in a browser)' : '';
  // One write: where stdout fails, one line is lost.
  const controls =
    sandboxUrl === undefined || config.production
      ? ''
      : `The embedded sandbox, for another terminal (docs/sandbox.md):\nexport SANDBOX_URL=${sandboxUrl}\n`;
  app.writeLine(`${controls}Ready: http://${host}:${port}/graphql${hint}`);
};

/** Ends the process at once after an unexpected error: its state is unknown. */
const fail = (error: unknown): void => {
  const isExpected = error instanceof Error && error.name === 'ConfigError';
  if (!isExpected && logger?.isLevelEnabled('fatal')) {
    logger.fatal({ err: error }, 'an unexpected error ended the process');
  } else {
    const text = error instanceof Error && !isExpected ? error.stack : String(error);
    process.stderr.write(`${isExpected ? error.message : text}\n`);
  }
  process.exit(1);
};

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
