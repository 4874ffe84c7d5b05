import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { GatewayProcess, ReadyGateway } from '../../test/support/gateway/gateway-process.ts';
import { listen } from '../../test/support/http/listen.ts';

/*
 * Replaces test/support/gateway/gateway-process.ts in mutation tests, because the built gateway contains no mutants. It runs the
 * app and the server in the test process, without signals and without the embedded sandbox.
 */

export const startReadyGateway = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadyGateway> => {
  const config = parseConfig(environment);
  if (config.upstream.kind !== 'api')
    throw new Error('APPLIVERY_BASE_URL is required: the embedded sandbox is not available here.');
  let output = '';
  const upstream = { baseUrl: config.upstream.baseUrl, organization: config.organization };
  const app = await createApp(config, upstream, (line) => {
    output += line;
  });
  const server = app.createHttpServer();
  const port = await listen(server);
  let ended: Promise<number> | null = null;
  const end = async (): Promise<number> => {
    app.drain();
    await app.finish(server);
    await app.close();
    return 0;
  };
  const stop = (): Promise<number> => {
    ended ??= end();
    return ended;
  };
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    output: () => output,
    ended: new Promise(() => {}),
    kill: () => {
      void stop();
    },
    stop,
  };
};

export const startGatewayProcess: (
  environment?: Readonly<Record<string, string>>,
) => Promise<GatewayProcess> = (environment) => startReadyGateway(environment);
