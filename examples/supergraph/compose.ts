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

/** Composes the supergraph from the SDL of the services. Throws an error with all composition errors. */
export const composeSupergraph = async (services: readonly Service[]): Promise<string> => {
  const definitions = await Promise.all(
    services.map(async (service) => ({ ...service, typeDefs: parse(await readSdl(service.url)) })),
  );
  const { errors, supergraphSdl } = composeServices(definitions);
  if (supergraphSdl === undefined) {
    throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  }
  return supergraphSdl;
};
