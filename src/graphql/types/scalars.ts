import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import { parseJsonLiteral, parseJsonValue } from './json-input.ts';

/** Timestamps leave as the domain holds them: already normalised to UTC with milliseconds at the edge. */
export const dateTimeScalar = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'RFC 3339 in UTC with milliseconds: 2026-02-10T12:00:00.000Z.',
  serialize: String,
});

/** A link leaves letter for letter: enrollment links are credentials, and normalising one might break it. */
export const urlScalar = new GraphQLScalarType({
  ...GraphQLURL.toConfig(),
  description: 'An absolute URL.',
  serialize: String,
});

export const jsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description: 'For upstream objects whose shape the API does not document.',
  parseValue: parseJsonValue,
  parseLiteral: parseJsonLiteral,
});
