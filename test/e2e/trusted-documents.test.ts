import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import {
  type ClientPages,
  clientsFolder,
  hasClients,
  runClient,
  startClientPages,
} from '../support/http/client-page.ts';
import { isSkipped } from '../support/optional-tools.ts';

const relay = fileURLToPath(new URL('relay/node_modules/relay-compiler/cli.js', import.meta.url));
const schemaFile = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

interface Example {
  readonly text: string;
  readonly variables: object;
  readonly answer: object;
}

const page: Example = {
  text: `query TrustedPage($first: Int!) {
  enrollmentTokens(first: $first) {
    nodes { id platform displayName }
  }
}
`,
  variables: { first: 2 },
  answer: { enrollmentTokens: { nodes: [expect.anything(), expect.anything()] } },
};

/** It finds no token, and so changes nothing. */
const revocation: Example = {
  text: `mutation TrustedRevocation($id: ID!) {
  revokeEnrollmentToken(input: { id: $id }) {
    userErrors { path code }
  }
}
`,
  variables: { id: 'x' },
  answer: { revokeEnrollmentToken: { userErrors: [{ code: 'INVALID_INPUT' }] } },
};

const examples = [page, revocation];

/** Each test generates the file of documents with a generator, and sends the operation with its client. */
describe.skipIf(isSkipped(hasClients && existsSync(relay)))('trusted documents of', () => {
  let folder: string;
  let pages: ClientPages;
  let opened: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trusted-'));
    await writeFile(join(folder, 'page.graphql'), page.text);
    await writeFile(join(folder, 'revocation.graphql'), revocation.text);
    await writeFile(join(folder, 'operations.graphql'), page.text + revocation.text);
    pages = await startClientPages();
    opened = await pages.open();
  }, 60_000);
  afterAll(async () => {
    await pages?.close();
    await rm(folder, { recursive: true });
  });

  const write = async (name: string, content: unknown): Promise<string> => {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const readJson = async (name: string): Promise<any> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'));

  /** Runs a program with Node, and returns what it prints. */
  const generate = (...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(execPath, words, {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({
      status: 0,
      output: '',
    });
    return stdout;
  };

  /** Runs a test with a gateway that runs only the documents of a file. */
  const withDocuments = async (path: string, test: (world: World) => Promise<void>) => {
    const environment = { TRUSTED_DOCUMENTS_FILE: path, CORS_ORIGINS: pages.origin };
    const world = await startWorld({ tokens: 10 }, environment);
    await test(world);
    expect((await world.ask('{ mdmUsers { totalCount } }')).errors).toMatchObject([
      { extensions: { code: 'BAD_REQUEST' } },
    ]);
    await world.close();
  };

  it("Apollo's generator, sent by Apollo Client", async () => {
    await write('persisted-query-manifest.config.json', {
      documents: ['page.graphql', 'revocation.graphql'],
      output: 'manifest.json',
    });
    generate(join(clientsFolder, 'node_modules/.bin/generate-persisted-query-manifest'));
    const manifest = await readJson('manifest.json');
    await withDocuments(join(folder, 'manifest.json'), async (world) => {
      for (const { text, variables, answer } of examples) {
        const run = runClient(opened, world, 'apolloManifest', text, variables, manifest);
        expect(await run).toMatchObject({ data: answer });
      }
    });
  });

  it('the client preset, sent by urql', async () => {
    const files = JSON.parse(
      generate(join(clientsFolder, 'client-preset.js'), schemaFile, 'operations.graphql'),
    );
    const path = await write('persisted-documents.json', files['gql/persisted-documents.json']);
    const generated = [...files['gql/graphql.ts'].matchAll(/Document = (.*) as unknown/g)];
    expect(generated).toHaveLength(examples.length);
    await withDocuments(path, async (world) => {
      for (const [index, { variables, answer }] of examples.entries()) {
        const document = JSON.parse(generated[index]?.[1] ?? '');
        const run = runClient(opened, world, 'clientPreset', document, variables);
        expect(await run).toMatchObject({ data: answer });
      }
    });
  });

  it("Relay's compiler, sent by Relay", async () => {
    await write('relay.json', {
      src: './relay',
      schema: schemaFile,
      language: 'javascript',
      eagerEsModules: true,
      artifactDirectory: './artifacts',
      persistConfig: { file: 'persisted-queries.json', algorithm: 'SHA256' },
    });
    await write('package.json', { type: 'module' });
    await write('artifacts/.keep', '');
    await write('persisted-queries.json', '{}');
    await write(
      'relay/page.js',
      `import { graphql } from 'relay-runtime';
      graphql\`${page.text.replace('TrustedPage', 'pageQuery')}\`;
      graphql\`${revocation.text.replace('TrustedRevocation', 'pageMutation')}\`;`,
    );
    generate(relay, 'relay.json');
    const files = ['artifacts/pageQuery.graphql.js', 'artifacts/pageMutation.graphql.js'];
    const compiled = await Promise.all(
      files.map(async (name) => import(pathToFileURL(join(folder, name)).href)),
    );
    await withDocuments(join(folder, 'persisted-queries.json'), async (world) => {
      for (const [index, { variables, answer }] of examples.entries()) {
        const run = runClient(opened, world, 'relay', compiled[index]?.default, variables);
        expect(await run).toMatchObject({ data: answer });
      }
    });
  });
});
