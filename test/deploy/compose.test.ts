import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import {
  drainSeconds,
  goodSecret,
  image,
  knownVariables,
  readText,
  readYaml,
  root,
} from './files.ts';
import { composeFile } from './shapes.ts';

/** Replaces `${NAME:-default}` and `${NAME:?message}` as Docker Compose does. */
const interpolate = (text: string, given: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, mode: string, rest: string) => {
    const value = given[name];
    if (value) return value;
    if (mode === '?') throw new Error(`${name} ${rest}`);
    return rest;
  });

const interpolated = (
  variables: Readonly<Record<string, string>> = {},
  given: Readonly<Record<string, string>>,
) =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, interpolate(value, given)]),
  );

describe('the compose file', async () => {
  const { services, volumes } = await readYaml(composeFile, 'deploy/compose.yaml');
  const { gateway, valkey, router, sandbox } = services;

  it('gives the gateway a valid configuration', () => {
    const config = parseConfig({
      ...image,
      ...interpolated(gateway?.environment, { SHARED_SECRET: goodSecret }),
    });
    expect(config).toMatchObject({
      upstream: { kind: 'api', baseUrl: 'https://api.applivery.io/v1' },
      redis: { url: 'redis://valkey:6379', secret: goodSecret },
    });
  });

  it('sets only variables that the gateway knows', () => {
    for (const { environment = {} } of [gateway ?? {}, sandbox ?? {}]) {
      expect(Object.keys(environment).filter((name) => !knownVariables.has(name))).toEqual([]);
    }
  });

  it('fails without a secret', () => {
    expect(() => interpolated(gateway?.environment, {})).toThrow('SHARED_SECRET');
  });

  it('runs two replicas, with enough time to drain', () => {
    expect(gateway?.deploy?.replicas).toBe(2);
    expect(Number.parseInt(gateway?.stop_grace_period ?? '', 10)).toBeGreaterThan(drainSeconds);
  });

  it('has a store that persists its data and evicts nothing', () => {
    const command = valkey?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(valkey?.volumes).toEqual(['valkey:/data']);
    expect(Object.keys(volumes)).toEqual(['valkey']);
  });

  it('refers only to services and files that exist', () => {
    const names = Object.keys(services);
    for (const { depends_on: needed = [], build, volumes: mounts = [] } of Object.values(
      services,
    )) {
      const needs = Array.isArray(needed) ? needed : Object.keys(needed);
      expect(names).toEqual(expect.arrayContaining(needs));
      const paths = [build?.context, ...mounts.map((mount) => mount.split(':')[0])];
      for (const path of paths.filter((one) => one?.startsWith('.'))) {
        expect({ path, exists: existsSync(new URL(path ?? '', new URL('deploy/', root))) }).toEqual(
          {
            path,
            exists: true,
          },
        );
      }
    }
  });

  it('builds the router from files that exist', async () => {
    const copied = /COPY (.+) \.\//.exec(router?.build?.dockerfile_inline ?? '')?.[1]?.split(' ');
    const files = await readdir(new URL('examples/supergraph/hive-gateway/', root));
    expect(files).toEqual(expect.arrayContaining(copied ?? ['nothing is copied']));
  });
});

describe('the supergraph of the compose file', () => {
  it('equals the composition of the subgraph at the address of the service', async () => {
    const { supergraphSdl, errors } = composeServices([
      {
        name: 'enrollment',
        url: 'http://gateway:4000/graphql',
        typeDefs: parse(await readText('subgraph.graphql')),
      },
    ]);
    expect(errors ?? []).toEqual([]);
    const committed = await readText('deploy/supergraph.graphql');
    expect(committed.trimEnd()).toBe(supergraphSdl?.trimEnd());
  });
});
