import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startWorld } from '../support/gateway/gateway.ts';
import { drainSeconds, goodSecret, image, knownVariables, readYaml, root } from './files.ts';
import { manifests } from './shapes.ts';

describe('the Kubernetes manifests', async () => {
  const folder = 'deploy/kubernetes';
  const deployment = await readYaml(manifests['deployment.yaml'], `${folder}/deployment.yaml`);
  const service = await readYaml(manifests['service.yaml'], `${folder}/service.yaml`);
  const configMap = await readYaml(manifests['config-map.yaml'], `${folder}/config-map.yaml`);
  const secret = await readYaml(manifests['secret.yaml'], `${folder}/secret.yaml`);
  const budget = await readYaml(
    manifests['pod-disruption-budget.yaml'],
    `${folder}/pod-disruption-budget.yaml`,
  );
  const { template, replicas, selector } = deployment.spec;
  const [container] = template.spec.containers;

  it('are all checked by these tests', async () => {
    const names = await readdir(new URL(`${folder}/`, root));
    const others = names.filter((name) => name !== 'kustomization.yaml');
    expect(others.sort()).toEqual(Object.keys(manifests).sort());
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
