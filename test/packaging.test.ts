import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startGatewayProcess } from './support/gateway/gateway-process.ts';
import { postJson } from './support/http/post-json.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFile(join(root, name), 'utf8');

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
  overrides: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});

const packages = Object.entries(
  lockFile.parse(JSON.parse(await read('package-lock.json'))).packages,
).filter(([path]) => path !== '');

describe('the packages', () => {
  it('of production are under the permissive licences that NOTICE lists', async () => {
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
    expect(others).toEqual([]);
    const notice = await read('NOTICE');
    for (const license of permissive) expect(notice).toContain(license.replace('-3-Clause', ''));
  });

  it('are named by exact versions, and by no address', async () => {
    const { dependencies, devDependencies, overrides } = manifest.parse(
      JSON.parse(await read('package.json')),
    );
    const versions = [dependencies, devDependencies, overrides]
      .flatMap((named) => Object.values(named))
      .flatMap((version) => (typeof version === 'string' ? version : Object.values(version)));
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

  it('is built from no more than it copies, and .dockerignore lets that in', async () => {
    const [, stage = ''] = /^FROM .* AS build\n(.+?)^FROM/ms.exec(await read('Dockerfile')) ?? [];
    const copies = [...stage.matchAll(/^COPY (.+) (\S+)$/gm)];
    const letIn = new Set((await read('.dockerignore')).split('\n'));
    const folder = await mkdtemp(join(tmpdir(), 'image-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [, sources = '', target = ''] of copies) {
      for (const source of sources.split(' ')) {
        expect(letIn).toContain(`!${source}`);
        const to = target.endsWith('/') ? join(target, basename(source)) : target;
        await cp(join(root, source), join(folder, to), { recursive: true });
      }
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await promisify(execFile)('npm', ['run', 'build'], { cwd: folder });
    expect(await readdir(join(folder, 'dist'))).toContain('main.js');
    expect(await readdir(join(folder, 'dist', 'examples'))).toEqual(
      await readdir(join(root, 'src/server/graphiql/examples')),
    );
  });
});

describe('a start in production', () => {
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
    expect(gateway.output()).not.toContain('SANDBOX_URL');
    const service = await postJson(url, { query: '{ _service { sdl } }' });
    expect(await service.json()).toEqual({
      data: { _service: { sdl: await read('subgraph.graphql') } },
    });
    expect(await gateway.stop()).toBe(0);
  });
});
