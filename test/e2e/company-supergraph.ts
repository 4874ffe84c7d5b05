import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningProcess } from '../../examples/supergraph/child-process.ts';
import { composeSupergraph } from '../../examples/supergraph/compose.ts';
import { devices } from '../../examples/supergraph/devices.ts';
import { createEmployees } from '../../examples/supergraph/employees.ts';
import { apolloGateway, hiveGateway, isInstalled } from '../../examples/supergraph/routers.ts';
import { type Subgraph, serveSubgraph } from '../../examples/supergraph/subgraph.ts';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/http/recording-proxy.ts';
import { isSkipped } from '../support/optional-tools.ts';

/** The routers of the example. One whose packages are not installed is skipped. */
export const routers = [apolloGateway, hiveGateway].map((router) => ({
  ...router,
  skipped: isSkipped(isInstalled(router)),
}));

/** The gateway, the subgraphs of the example and its routers. */
export interface CompanySupergraph {
  readonly world: World;
  /** The names of the company's other subgraphs, without further ones. */
  readonly others: readonly string[];
  /** A proxy between the routers and each subgraph, by the subgraph's name. */
  readonly proxies: ReadonlyMap<string, RecordingProxy>;
  /** The routers that run, by name. */
  readonly running: ReadonlyMap<string, RunningProcess>;
  readonly close: () => Promise<void>;
}

/** Starts the supergraph of the example, with further subgraphs, on free ports. The environment is the gateway's. */
export const startCompanySupergraph = async (
  further: readonly Subgraph[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<CompanySupergraph> => {
  const world = await startWorld(
    { tokens: 400, oddities: false },
    { LOOKUP_TTL_MS: '0', ...environment },
  );
  const company = [createEmployees(world.sandbox.organizationId), devices];
  const others = await Promise.all(
    [...company, ...further].map((subgraph) => serveSubgraph(subgraph)),
  );
  const proxied = [{ name: 'enrollment', url: world.url }, ...others].map(
    async ({ name, url }) => [name, await startRecordingProxy(url)] as const,
  );
  const proxies = new Map(await Promise.all(proxied));
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  const supergraphFile = join(folder, 'supergraph.graphql');
  const services = [...proxies].map(([name, { url }]) => ({ name, url }));
  await writeFile(supergraphFile, await composeSupergraph(services));
  const started = routers
    .filter(({ skipped }) => !skipped)
    .map(async ({ name, start }) => [name, await start(supergraphFile)] as const);
  const running = new Map(await Promise.all(started));
  return {
    world,
    others: company.map(({ name }) => name),
    proxies,
    running,
    close: async () => {
      await Promise.all([...running.values()].map(({ stop }) => stop()));
      for (const { close } of [...proxies.values(), ...others]) close();
      await world.close();
      await rm(folder, { recursive: true });
    },
  };
};
