import { once } from 'node:events';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { GatewayProcess, ReadyGateway } from '../../test/support/gateway-process.ts';

/*
 * Stands for test/support/gateway-process.ts while faults are planted: a process of its own is built from sound
 * sources. It has the app and the server, but neither signals nor an embedded sandbox.
 */

export const startReadyGateway = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadyGateway> => {
  const config = parseConfig(environment);
  if (config.upstream.kind !== 'api') throw new Error('Only in front of an API.');
  let output = '';
  const upstream = { baseUrl: config.upstream.baseUrl, organization: config.organization };
  const app = await createApp(config, upstream, (line) => {
    output += line;
  });
  const server = app.createHttpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
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
) => Promise<GatewayProcess> = startReadyGateway;
