import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { configReference, parseConfig } from '../../src/config.ts';
import { drainTimes } from '../../src/server/life-cycle/drain.ts';
import { startWorld } from '../support/gateway/gateway.ts';
import { composeFile, manifests } from './shapes.ts';

const root = new URL('../../', import.meta.url);
const readText = (path: string) => readFile(new URL(path, root), 'utf8');
const read = async <Content>(shape: z.ZodType<Content>, path: string): Promise<Content> =>
  shape.parse(parseYaml(await readText(path)));

const knownVariables = new Set([...configReference().map(({ name }) => name), 'NODE_OPTIONS']);
const goodSecret = 'sixteen characters and more';
const drainSeconds = (drainTimes.maxMs + drainTimes.closeMs) / 1000;

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

/** The environment variables that the image sets. */
const image = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '4000' };

describe('the compose file', async () => {
  const { services, volumes } = await read(composeFile, 'deploy/compose.yaml');
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

describe('the Kubernetes manifests', async () => {
  const folder = 'deploy/kubernetes';
  const deployment = await read(manifests['deployment.yaml'], `${folder}/deployment.yaml`);
  const service = await read(manifests['service.yaml'], `${folder}/service.yaml`);
  const configMap = await read(manifests['config-map.yaml'], `${folder}/config-map.yaml`);
  const secret = await read(manifests['secret.yaml'], `${folder}/secret.yaml`);
  const budget = await read(
    manifests['pod-disruption-budget.yaml'],
    `${folder}/pod-disruption-budget.yaml`,
  );
  const { template, replicas, selector } = deployment.spec;
  const [container] = template.spec.containers;

  it('are all checked by these tests', async () => {
    const names = await readdir(new URL('deploy/kubernetes/', root));
    expect(names.sort()).toEqual(Object.keys(manifests).sort());
  });

  it('select the pods of the deployment', () => {
    const { labels } = template.metadata;
    const spread = template.spec.topologySpreadConstraints.map((one) => one.labelSelector);
    for (const wanted of [selector, budget.spec.selector, ...spread]) {
      expect(labels).toMatchObject(wanted.matchLabels);
    }
    expect(labels).toMatchObject(service.spec.selector);
  });

  it('keep one of two replicas during a rollout or a node drain', () => {
    expect(replicas).toBe(2);
    expect(budget.spec.minAvailable).toBe(1);
    expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  });

  it('use the port on which the image listens', () => {
    const [port] = container.ports;
    expect(String(port?.containerPort)).toBe(image.PORT);
    expect(service.spec.ports[0].targetPort).toBe(port?.name);
    for (const probe of [
      container.startupProbe,
      container.livenessProbe,
      container.readinessProbe,
    ]) {
      expect(probe.httpGet.port).toBe(port?.name);
    }
    expect(template.metadata.annotations['prometheus.io/port']).toBe(image.PORT);
  });

  it('probe and scrape routes that the gateway answers', async () => {
    const world = await startWorld({ tokens: 0 });
    const paths = [
      container.startupProbe.httpGet.path,
      container.livenessProbe.httpGet.path,
      container.readinessProbe.httpGet.path,
      template.metadata.annotations['prometheus.io/path'] ?? '',
    ];
    for (const path of paths) {
      const { status } = await fetch(new URL(path, world.url));
      expect({ path, status }).toEqual({ path, status: 200 });
    }
    await world.close();
  });

  it('leave enough time to leave the service and to drain', () => {
    const [sleep, seconds] = container.lifecycle.preStop.exec.command;
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(sleep).toBe('sleep');
    expect(Number(seconds)).toBeGreaterThan(periodSeconds * failureThreshold);
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(seconds) + drainSeconds,
    );
  });

  it('configure the gateway from existing objects, with variables that it knows', () => {
    const names = container.envFrom.map((source) =>
      'configMapRef' in source ? source.configMapRef.name : source.secretRef.name,
    );
    expect(names).toEqual([configMap.metadata.name, secret.metadata.name]);
    const given = Object.keys({ ...configMap.data, ...secret.stringData });
    expect(given.filter((name) => !knownVariables.has(name))).toEqual([]);
  });

  it('are valid only after the secret is filled in', () => {
    const asIs = { ...image, ...configMap.data, ...secret.stringData };
    expect(() => parseConfig(asIs)).toThrow('SHARED_SECRET must have at least 16 characters');
    const filled = {
      ...asIs,
      REDIS_URL: 'rediss://:password@redis:6379',
      SHARED_SECRET: goodSecret,
    };
    expect(parseConfig(filled)).toMatchObject({ production: true, redis: { secret: goodSecret } });
  });
});
