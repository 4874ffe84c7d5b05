import type { Config } from '../config.ts';
import { platforms } from '../platforms/registry.ts';
import { createPlaceholders, toExampleData } from '../server/graphiql/example-data.ts';
import { readExampleDocuments } from '../server/graphiql/example-documents.ts';
import type { GraphiqlSetup } from '../server/graphiql/graphiql.ts';
import type { Upstream } from './upstream.ts';

/** What GraphiQL shows. Null if it is off; the examples are not read then. */
export const setUpGraphiql = (
  { auth, graphiql }: Config,
  { anonymousAuthorization, examples }: Upstream,
): GraphiqlSetup | null => {
  if (!graphiql) return null;
  const data = examples
    ? toExampleData(platforms, examples)
    : createPlaceholders(platforms[0].tokenType);
  const documents = readExampleDocuments(data.tokenType);
  if (auth.kind === 'service') {
    return { data, documents, credential: 'A JWT of the configured issuer' };
  }
  const needsKey = anonymousAuthorization === undefined;
  return { data, documents, credential: needsKey ? 'The API key of a service account' : null };
};
