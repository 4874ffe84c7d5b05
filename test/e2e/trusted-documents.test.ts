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

const operation = `query TrustedPage($first: Int!) {
  enrollmentTokens(first: $first) {
    nodes { id platform displayName }
  }
}
`;
const variables = { first: 2 };
const answer = { enrollmentTokens: { nodes: [expect.anything(), expect.anything()] } };

/** Each test generates the file of documents with a generator, and sends the operation with its client. */
describe.skipIf(isSkipped(hasClients && existsSync(relay)))('trusted documents of', () => {
  let folder: string;
  let pages: ClientPages;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trusted-'));
    await writeFile(join(folder, 'operations.graphql'), operation);
    pages = await startClientPages();
    page = await pages.open();
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
      documents: ['operations.graphql'],
      output: 'manifest.json',
    });
    generate(join(clientsFolder, 'node_modules/.bin/generate-persisted-query-manifest'));
    const manifest = await readJson('manifest.json');
    await withDocuments(join(folder, 'manifest.json'), async (world) => {
      const parameters = [operation, variables, manifest] as const;
      expect(await runClient(page, world, 'apolloManifest', ...parameters)).toMatchObject({
        data: answer,
      });
    });
  });

  it('the client preset, sent by urql', async () => {
    const files = JSON.parse(
      generate(join(clientsFolder, 'client-preset.js'), schemaFile, 'operations.graphql'),
    );
    const path = await write('persisted-documents.json', files['gql/persisted-documents.json']);
    const [, document = ''] =
      /TrustedPageDocument = (.*) as unknown/.exec(files['gql/graphql.ts']) ?? [];
    await withDocuments(path, async (world) => {
      const parameters = [JSON.parse(document), variables] as const;
      expect(await runClient(page, world, 'clientPreset', ...parameters)).toMatchObject({
        data: answer,
      });
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
      graphql\`${operation.replace('TrustedPage', 'pageQuery')}\`;`,
    );
    generate(relay, 'relay.json');
    const artifact = join(folder, 'artifacts/pageQuery.graphql.js');
    const { default: query } = await import(pathToFileURL(artifact).href);
    await withDocuments(join(folder, 'persisted-queries.json'), async (world) => {
      expect(await runClient(page, world, 'relay', query, variables)).toMatchObject({
        data: answer,
      });
    });
  });
});
