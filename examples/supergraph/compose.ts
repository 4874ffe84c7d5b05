import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { z } from 'zod';

/** A subgraph whose URL answers `_service`. */
export interface Service {
  readonly name: string;
  readonly url: string;
}

const serviceAnswer = z.object({
  data: z.object({ _service: z.object({ sdl: z.string() }) }),
});

const readSdl = async (url: string): Promise<string> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  return serviceAnswer.parse(await response.json()).data._service.sdl;
};

/** Composes a supergraph from subgraphs with their SDL. Throws an error with all composition errors. */
export const composeSubgraphs = (
  subgraphs: readonly (Service & { readonly sdl: string })[],
): string => {
  const { errors, supergraphSdl } = composeServices(
    subgraphs.map(({ sdl, ...service }) => ({ ...service, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) {
    throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  }
  return supergraphSdl;
};

/** Composes the supergraph from the SDL that the services answer. */
export const composeSupergraph = async (services: readonly Service[]): Promise<string> =>
  composeSubgraphs(
    await Promise.all(
      services.map(async (service) => ({ ...service, sdl: await readSdl(service.url) })),
    ),
  );
