import { execFile, spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config.ts';
import { goodSecret, image, knownVariables, readText, readYaml, root } from './files.ts';
import { kustomization, manifests } from './shapes.ts';

const base = 'deploy/kubernetes';
const overlays = 'deploy/overlays';
const production = `${overlays}/production`;

const object = z.record(z.string(), z.unknown());
type ManifestFile = keyof typeof manifests;
const files = Object.keys(manifests) as ManifestFile[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges as a strategic patch without lists and without nulls does. */
const merge = (target: unknown, patch: unknown): unknown => {
  if (!isObject(target) || !isObject(patch)) return patch;
  const merged = Object.entries(patch).map(([key, value]) => [key, merge(target[key], value)]);
  return { ...target, ...Object.fromEntries(merged) };
};

/** Calls `visit` with each value that is no object. */
const visitLeaves = (value: unknown, visit: (leaf: unknown) => void): void => {
  if (!isObject(value)) visit(value);
  else for (const inner of Object.values(value)) visitLeaves(inner, visit);
};

/** What identifies an object for a patch. */
const identityOf = ({ apiVersion, kind, metadata }: Record<string, unknown>) => ({
  apiVersion,
  kind,
  name: object.parse(metadata)['name'],
});

const readObject = (path: string) => readYaml(object, path);
const isKustomizationSupported =
  spawnSync('kubectl', ['kustomize', '--help'], { stdio: 'ignore' }).status === 0;

describe('the base', async () => {
  const { resources, ...changes } = await readYaml(kustomization, `${base}/kustomization.yaml`);

  it('names every other file of its folder, and changes none', async () => {
    const names = await readdir(new URL(`${base}/`, root));
    expect([...resources, 'kustomization.yaml'].sort()).toEqual(names.sort());
    expect(Object.keys(changes).sort()).toEqual(['apiVersion', 'kind']);
  });
});

it('an overlay is outside the folder of its base, as Kustomize demands', () => {
  expect(overlays.startsWith(base)).toBe(false);
});

describe('the overlay for production', async () => {
  const { resources, images, replicas, patches, namespace } = await readYaml(
    kustomization,
    `${production}/kustomization.yaml`,
  );
  const patchPaths = (patches ?? []).map(({ path }) => path);
  const patchOf = async (path: string) => readObject(`${production}/${path}`);

  /** The object of a file of the base as the overlay leaves it, except for the image. */
  const overlaid = async (file: ManifestFile): Promise<unknown> => {
    const original = await readObject(`${base}/${file}`);
    const patched = patchPaths.includes(file) ? merge(original, await patchOf(file)) : original;
    const counts = (replicas ?? []).filter(({ name }) => name === identityOf(original).name);
    const count = original['kind'] === 'Deployment' ? counts[0]?.count : undefined;
    const scaled = count === undefined ? patched : merge(patched, { spec: { replicas: count } });
    return merge(scaled, { metadata: { namespace } });
  };
  const overlaidAs = async <File extends ManifestFile>(file: File) =>
    manifests[file].parse(await overlaid(file)) as z.infer<(typeof manifests)[File]>;

  it('is the base with changes', () => {
    expect(resources.map((path) => new URL(path, new URL(`${production}/`, root)).href)).toEqual([
      new URL(base, root).href,
    ]);
  });

  it('names every other file of its folder as a patch', async () => {
    const names = await readdir(new URL(`${production}/`, root));
    expect([...patchPaths, 'kustomization.yaml'].sort()).toEqual(names.sort());
  });

  it.each(patchPaths)('patches the object of the base with %s, and no list of it', async (path) => {
    const patch = await patchOf(path);
    expect(identityOf(patch)).toEqual(identityOf(await readObject(`${base}/${path}`)));
    visitLeaves(patch, (leaf) => expect(['string', 'number']).toContain(typeof leaf));
  });

  it('changes the image and the replicas of the deployment', async () => {
    const { metadata, spec } = await readYaml(
      manifests['deployment.yaml'],
      `${base}/deployment.yaml`,
    );
    const [{ image: name }] = spec.template.spec.containers;
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readText('package.json')));
    expect(images?.map((one) => `${one.name}:${one.newTag}`)).toEqual([name]);
    expect(images?.map(({ newTag }) => newTag)).toEqual([version]);
    expect(replicas?.map((one) => one.name)).toEqual([metadata.name]);
  });

  it('gives objects of the same shape, and keeps all replicas but one during a node drain', async () => {
    for (const file of files) await overlaidAs(file);
    const { spec } = await overlaidAs('deployment.yaml');
    const budget = await overlaidAs('pod-disruption-budget.yaml');
    expect(budget.spec.minAvailable).toBe(spec.replicas - 1);
  });

  it('configures service mode with Redis, and is valid only after the secrets are filled in', async () => {
    const { data } = await overlaidAs('config-map.yaml');
    const { stringData } = await overlaidAs('secret.yaml');
    const given = { ...image, ...data, ...stringData };
    expect(Object.keys(given).filter((name) => !knownVariables.has(name))).toEqual([]);
    expect(() => parseConfig(given)).toThrow('SHARED_SECRET must have at least 16 characters');
    expect(parseConfig({ ...given, SHARED_SECRET: goodSecret })).toMatchObject({
      production: true,
      auth: { kind: 'service' },
      redis: { secret: goodSecret },
    });
  });

  it('holds no secret but placeholders', async () => {
    for (const folder of [base, production]) {
      const { stringData } = object.parse(parse(await readText(`${folder}/secret.yaml`)));
      for (const value of Object.values(object.parse(stringData))) {
        expect(value).toMatch(/^$|fill-me-in/);
      }
    }
  });

  // Not a skipped test: CI allows none, and Debian has no kubectl that is new enough.
  if (isKustomizationSupported)
    it('is what kubectl makes of it', async () => {
      const { stdout } = await promisify(execFile)('kubectl', [
        'kustomize',
        fileURLToPath(new URL(production, root)),
      ]);
      const [{ name, newName, newTag } = { name: '', newName: '', newTag: '' }] = images ?? [];
      const expected = await Promise.all(
        files.map(
          async (file): Promise<unknown> =>
            JSON.parse(
              JSON.stringify(await overlaid(file)).replace(
                `"${name}:${newTag}"`,
                `"${newName}:${newTag}"`,
              ),
            ),
        ),
      );
      const made = parseAllDocuments(stdout).map((document): unknown => document.toJS());
      expect(made).toHaveLength(expected.length);
      expect(made).toEqual(expect.arrayContaining(expected));
    });
});
