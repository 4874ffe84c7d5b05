import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readText, readYaml, root } from './files.ts';
import { dependabot, type Step, workflow } from './workflows.ts';

const folder = '.github/workflows';
const names = readdirSync(new URL(`${folder}/`, root));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await readText('package.json')));

const commandsOf = (steps: readonly Step[]): string[] =>
  steps.flatMap((step) => ('run' in step ? step.run.split(/\n|&&/) : [])).map((one) => one.trim());

/** The words of a command that are paths of the repository. */
const pathsOf = (command: string): string[] =>
  command.split(/\s+/).filter((word) => /^[\w.][\w.-]*\/[\w./-]+$/.test(word));

describe.each(names)('the workflow %s', async (name) => {
  const source = await readText(`${folder}/${name}`);
  const { jobs, permissions } = await readYaml(workflow, `${folder}/${name}`);
  const allJobs = Object.entries(jobs);

  it('may only read the repository, except for jobs that say more', () => {
    expect(permissions).toEqual({ contents: 'read' });
    const more = allJobs.filter(([, job]) => job.permissions !== undefined);
    expect(more.map(([job]) => job)).toEqual(name === 'ci.yml' ? ['image'] : []);
  });

  it('runs commands and files that exist', () => {
    const commands = allJobs.flatMap(([, { steps }]) => commandsOf(steps));
    expect(commands.length).toBeGreaterThan(3);
    const called = commands.flatMap((one) => /^npm run (\S+)/.exec(one)?.[1] ?? []);
    expect(called.filter((script) => scripts[script] === undefined)).toEqual([]);
    for (const path of commands.flatMap(pathsOf)) {
      expect({ path, exists: existsSync(new URL(path, root)) }).toEqual({ path, exists: true });
    }
    for (const file of commands.filter((one) => one.startsWith('.'))) {
      accessSync(new URL(file, root), constants.X_OK);
    }
  });

  it('inserts no expression into a shell, where its text would be code', () => {
    for (const command of allJobs.flatMap(([, { steps }]) => commandsOf(steps))) {
      expect(command).not.toContain('${{');
    }
  });

  it('refers to jobs and earlier steps that exist', () => {
    const known = allJobs.map(([job]) => job);
    for (const [, { needs = [], steps }] of allJobs) {
      expect(known).toEqual(expect.arrayContaining(needs));
      const earlier = new Set<string>();
      for (const step of steps) {
        const used = [...JSON.stringify(step).matchAll(/\bsteps\.(\w+)\./g)];
        expect(used.filter(([, id = '']) => !earlier.has(id))).toEqual([]);
        if (step.id !== undefined) earlier.add(step.id);
      }
    }
    const expressions = [...source.matchAll(/\$\{\{ (\w+)[^}]* \}\}/g)].map(([, one]) => one);
    expect(expressions).toHaveLength(source.split('${{').length - 1);
    expect(expressions.filter((one) => one !== 'github' && one !== 'steps')).toEqual([]);
  });
});

describe('the workflow of each push', async () => {
  const { on, jobs } = await readYaml(workflow, `${folder}/ci.yml`);
  const { check, image } = jobs;

  it('runs all checks on pushes and pull requests, on the oldest major version of Node', async () => {
    expect(on).toEqual({ push: { branches: ['main'], tags: ['v*'] }, pull_request: null });
    expect(check?.if).toBeUndefined();
    expect(commandsOf(check?.steps ?? [])).toContain('.ci/run');
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(await readText('package.json')));
    const [, major] = /^>=(\d+)/.exec(engines.node) ?? [];
    expect(check?.container?.image).toBe(`node:${major}-bookworm`);
  });

  it('publishes the image only for a tag that is the version, and after all other jobs', async () => {
    expect(image?.if).toBe("startsWith(github.ref, 'refs/tags/v')");
    expect([...(image?.needs ?? []), 'image'].sort()).toEqual(Object.keys(jobs).sort());
    const guard = commandsOf(image?.steps ?? []).find((one) => one.startsWith('test '));
    expect(guard).toContain('package.json');
    const compare = (tag: string) =>
      promisify(execFile)('sh', ['-c', guard ?? ''], {
        cwd: fileURLToPath(root),
        env: { ...process.env, GITHUB_REF_NAME: tag },
      });
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readText('package.json')));
    await expect(compare(`v${version}`)).resolves.toBeDefined();
    await expect(compare('v99.0.0')).rejects.toThrow();
  });

  it('publishes the image with its packages and the record of its build, and signs what it pushed', () => {
    const steps = image?.steps ?? [];
    const build = steps.find((one) => 'uses' in one && one.uses.includes('build-push'));
    expect(build).toMatchObject({ with: { push: true, provenance: 'mode=max', sbom: true } });
    expect(steps.at(-1)).toMatchObject({
      with: {
        'subject-digest': `\${{ steps.${build?.id}.outputs.digest }}`,
        'push-to-registry': true,
      },
    });
    expect(image?.permissions).toEqual({
      contents: 'read',
      packages: 'write',
      'id-token': 'write',
      attestations: 'write',
    });
  });
});

describe('the updates of dependencies', async () => {
  const { updates } = await readYaml(dependabot, '.github/dependabot.yml');
  const directoriesOf = (ecosystem: string): string[] =>
    updates
      .filter((update) => update['package-ecosystem'] === ecosystem)
      .flatMap(({ directories }) => directories);

  it('cover every folder with a package-lock.json', async () => {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '*package-lock.json'], {
      cwd: fileURLToPath(root),
    });
    const folders = stdout
      .trim()
      .split('\n')
      .map((path) => `/${path.replace(/\/?package-lock\.json$/, '')}`);
    expect(folders.length).toBeGreaterThan(4);
    expect(directoriesOf('npm').sort()).toEqual(folders.sort());
  });

  it.each([
    ['npm', 'package.json'],
    ['docker', 'Dockerfile'],
    ['docker-compose', 'compose.yaml'],
    ['github-actions', folder],
  ])('of %s name folders that have %s', (ecosystem, file) => {
    const directories = directoriesOf(ecosystem);
    expect(directories).not.toEqual([]);
    const missing = directories.filter(
      (one) => !existsSync(new URL(`.${one.replace(/\/?$/, '/')}${file}`, root)),
    );
    expect(missing).toEqual([]);
  });
});
