import { readFile } from 'node:fs/promises';
import { composeServices as composeByApollo } from '@apollo/composition';
import { composeServices as composeByGuild } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { distinctCodesOf } from '../support/gateway/error-codes.ts';

const ours = await readFile(new URL('../../subgraph.graphql', import.meta.url), 'utf8');

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.6"
  import: ["@key", "@shareable", "@interfaceObject"]
)\n`;

/** The services of a supergraph with this subgraph, for both composers. */
export const servicesOf = (others: readonly { readonly name: string; readonly sdl: string }[]) =>
  [{ name: 'enrollment', sdl: ours }, ...others].map(({ name, sdl }) => ({
    name,
    url: `http://${name}.example.com`,
    typeDefs: parse(sdl),
  }));

/** Composes other subgraphs with this one. The result for each composer is `fits` or the codes of its errors. */
export const composeWith = (...others: string[]) => {
  const services = servicesOf(
    others.map((sdl, index) => ({ name: `other-${index}`, sdl: federation + sdl })),
  );
  const apollo = composeByApollo(services);
  const guild = composeByGuild(services);
  return {
    apollo: apollo.errors === undefined ? 'fits' : distinctCodesOf({ errors: apollo.errors }),
    guild: guild.errors === undefined ? 'fits' : distinctCodesOf({ errors: guild.errors }),
  };
};

/** The same result for both composers. */
export const both = (verdict: unknown) => ({ apollo: verdict, guild: verdict });
