import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { hasClients, loadClientPackage } from '../../support/http/client-page.ts';
import { isSkipped } from '../../support/optional-tools.ts';

const rootDir = fileURLToPath(new URL('../../../', import.meta.url));

describe.skipIf(isSkipped(hasClients))('graphql.config.yml, as editors load it', () => {
  const load = async () => {
    const { loadConfig } = loadClientPackage('graphql-config');
    const { CodeFileLoader } = loadClientPackage('@graphql-tools/code-file-loader');
    const config = await loadConfig({
      rootDir,
      extensions: [
        ({ loaders }: any) => {
          loaders.documents.register(new CodeFileLoader());
          return { name: 'operations in code' };
        },
      ],
    });
    return config.getDefault();
  };

  it('has the schema, and operations of the example page that are valid', async () => {
    const project = await load();
    const schema = await project.getSchema();
    const documents: any[] = await project.getDocuments();
    const { Kind, parse, concatAST, validate } = loadClientPackage('graphql');
    const document = concatAST(
      documents.map(({ document: { loc, definitions } }) =>
        loc ? parse(loc.source) : { kind: Kind.DOCUMENT, definitions },
      ),
    );
    expect(validate(schema, document).map(String)).toEqual([]);
    const names = document.definitions.map((definition: any) => definition.name.value);
    expect(names).toEqual(expect.arrayContaining(['Tokens', 'TokenRow']));
  });

  it('runs operations at the address that the gateway has by default', async () => {
    const { host, port } = parseConfig({ SANDBOX: 'true' });
    const { endpoints } = (await load()).extensions;
    expect(endpoints.default.url).toBe(`http://${host}:${port}/graphql`);
  });
});
