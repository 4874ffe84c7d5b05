import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { startProcess } from './child-process.ts';
import { composeSupergraph } from './compose.ts';
import { devices } from './devices.ts';
import { createEmployees } from './employees.ts';
import { apolloGateway, hiveGateway, install, isInstalled } from './routers.ts';
import { serveSubgraph } from './subgraph.ts';

/** The id of the sandbox's organization. */
const organizationId = '60740c1039b5369f9ba2b572';

const chosen = process.argv.includes('hive') ? hiveGateway : apolloGateway;
if (!isInstalled(chosen)) install(chosen);

const gateway = await startProcess({
  argv: ['--import', 'tsx', 'src/main.ts'],
  cwd: new URL('../../', import.meta.url),
  environment: {
    ...{ PORT: '0', SANDBOX: 'true', LOG_LEVEL: 'warn' },
    // Something to see for subscriptions, as soon as it happens.
    ...{ SANDBOX_ACTIVITY_SECONDS: '5', WEBHOOK_SECRET: randomUUID() },
  },
  ready: /Ready: (\S+)/,
});
const services = [
  { name: 'enrollment', url: gateway.url },
  await serveSubgraph(createEmployees(organizationId)),
  await serveSubgraph(devices),
];
const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
const supergraphFile = join(folder, 'supergraph.graphql');
await writeFile(supergraphFile, await composeSupergraph(services));
const router = await chosen.start(supergraphFile, Number(process.env['PORT'] ?? 4100));

for (const { name, url } of services) process.stdout.write(`${name.padEnd(12)}${url}\n`);
process.stdout.write(`Ready: ${router.url} (open it in a browser)\n`);

const stop = async (): Promise<void> => {
  await Promise.all([router.stop(), gateway.stop(), rm(folder, { recursive: true })]);
  process.exit(0);
};
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
