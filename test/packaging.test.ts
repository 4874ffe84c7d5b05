import { readFile } from 'node:fs/promises';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startGatewayProcess } from './support/gateway-process.ts';

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      license: z.string().optional(),
      dev: z.boolean().default(false),
      resolved: z.string().optional(),
    }),
  ),
});
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  overrides: z.record(z.string(), z.string()),
});

const packages = Object.entries(
  lockFile.parse(JSON.parse(await read('package-lock.json'))).packages,
).filter(([path]) => path !== '');

describe('the packages', () => {
  it('of production are under the permissive licences that NOTICE lists, with the one exception it names', async () => {
    const permissive = new Set([
      'MIT',
      'ISC',
      '0BSD',
      'BSD-3-Clause',
      'Apache-2.0',
      'BlueOak-1.0.0',
    ]);
    const others = packages.filter(
      ([, { dev, license = 'none' }]) => !dev && !permissive.has(license),
    );
    expect(others.map(([path, { license }]) => [path, license])).toEqual([
      ['node_modules/@apollo/federation-internals', 'Elastic-2.0'],
    ]);
    const notice = await read('NOTICE');
    expect(notice).toContain('@apollo/federation-internals   Elastic License 2.0');
  });

  it('are named by exact versions, and by no address', async () => {
    const { dependencies, devDependencies, overrides } = manifest.parse(
      JSON.parse(await read('package.json')),
    );
    const versions = [dependencies, devDependencies, overrides].flatMap(Object.values);
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

describe('the image', () => {
  it('is described without faults, with a base to choose and a user who is not root', async () => {
    const dockerfile = await read('Dockerfile');
    expect(validate(dockerfile)).toEqual([]);
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24-/m);
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

describe('a start in production', { timeout: 60_000 }, () => {
  it('is refused without a base URL, with the reason and what to do', async () => {
    const gateway = await startGatewayProcess({ NODE_ENV: 'production', APPLIVERY_BASE_URL: '' });
    expect(gateway.url).toBeNull();
    expect(gateway.output()).toContain('APPLIVERY_BASE_URL is required in production');
    expect(gateway.output()).toContain('SANDBOX=true');
    expect(await gateway.stop()).toBe(1);
  });

  it('serves the sandbox where it is asked for by name, without GraphiQL, and ends with 0', async () => {
    const gateway = await startGatewayProcess({ NODE_ENV: 'production', SANDBOX: 'true' });
    const url = gateway.url ?? gateway.output();
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toContain('graphiql');
    expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
  });
});
