import { z } from 'zod';

/*
 * Schemas of the parts of GitHub's formats that the files in .github/ use. They are strict, so that a misspelt or misplaced
 * key is an error.
 */

const access = z.enum(['read', 'write']);
const permissions = z.strictObject({
  contents: z.literal('read'),
  packages: access.optional(),
  'id-token': z.literal('write').optional(),
  attestations: access.optional(),
});

/** The inputs of an action in one major version. */
const action = <Inputs extends z.ZodRawShape>(name: string, inputs: Inputs) =>
  z.strictObject({
    id: z.string().optional(),
    uses: z.literal(name),
    with: z.strictObject(inputs).optional(),
  });

const text = z.string();
const step = z.union([
  z.strictObject({ id: text.optional(), run: text }),
  action('actions/checkout@v4', {
    'fetch-depth': z.int().optional(),
    'persist-credentials': z.boolean().optional(),
  }),
  action('actions/setup-node@v4', { 'node-version': z.int(), cache: z.literal('npm') }),
  action('docker/setup-buildx-action@v3', {}),
  action('docker/login-action@v3', { registry: text, username: text, password: text }),
  action('docker/metadata-action@v5', { images: text, tags: text }),
  action('docker/build-push-action@v6', {
    context: text,
    push: z.boolean(),
    tags: text,
    labels: text,
    provenance: text,
    sbom: z.boolean(),
  }),
  action('actions/attest-build-provenance@v2', {
    'subject-name': text,
    'subject-digest': text,
    'push-to-registry': z.boolean(),
  }),
]);

export type Step = z.infer<typeof step>;

/** The schema of a workflow. */
export const workflow = z.strictObject({
  name: text,
  on: z.strictObject({
    push: z.strictObject({ branches: z.array(text), tags: z.array(text) }).optional(),
    pull_request: z.null().optional(),
    schedule: z.array(z.strictObject({ cron: z.string().regex(/^\S+( \S+){4}$/) })).optional(),
    workflow_dispatch: z.null().optional(),
  }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: text, 'cancel-in-progress': text }).optional(),
  jobs: z.record(
    text,
    z.strictObject({
      if: text.optional(),
      needs: z.array(text).optional(),
      'runs-on': z.literal('ubuntu-latest'),
      container: z.strictObject({ image: text, options: text }).optional(),
      'timeout-minutes': z.int().positive(),
      permissions: permissions.optional(),
      steps: z.array(step).min(1),
    }),
  ),
});

/** The schema of Dependabot's configuration. */
export const dependabot = z.strictObject({
  version: z.literal(2),
  updates: z.array(
    z.strictObject({
      'package-ecosystem': z.enum(['npm', 'github-actions', 'docker', 'docker-compose']),
      directories: z.array(z.string().startsWith('/')).min(1),
      schedule: z.strictObject({ interval: z.literal('weekly') }),
      'versioning-strategy': z.literal('increase').optional(),
      groups: z
        .record(
          text,
          z.strictObject({
            patterns: z.array(text),
            'update-types': z.array(z.enum(['minor', 'patch'])).optional(),
          }),
        )
        .optional(),
      ignore: z
        .array(
          z.strictObject({
            'dependency-name': text,
            'update-types': z.array(z.literal('version-update:semver-major')),
          }),
        )
        .optional(),
    }),
  ),
});
