import type { Config } from '../config.ts';
import { platforms } from '../platforms/registry.ts';
import { createPlaceholders, toExampleData } from '../server/graphiql/example-data.ts';
import { readExampleDocuments } from '../server/graphiql/example-documents.ts';
import { createGraphiqlPage } from '../server/graphiql/page.ts';
import type { StaticPage } from '../server/http/encoding/static-page.ts';
import type { Upstream } from './upstream.ts';

/** The page with GraphiQL. Null if it is off; the examples are not read then. */
export const setUpGraphiql = (
  { auth, graphiql }: Config,
  { anonymousAuthorization, examples }: Upstream,
): StaticPage | null => {
  if (!graphiql) return null;
  const data = examples
    ? toExampleData(platforms, examples)
    : createPlaceholders(platforms[0].tokenType);
  const documents = readExampleDocuments(data.tokenType);
  if (auth.kind === 'service') {
    return createGraphiqlPage({ data, documents, credential: 'A JWT of the configured issuer' });
  }
  const needsKey = anonymousAuthorization === undefined;
  const credential = needsKey ? 'The API key of a service account' : null;
  return createGraphiqlPage({ data, documents, credential });
};
