import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import { parseJsonLiteral, parseJsonValue } from './json-input.ts';

/** DateTime. Times are returned as the domain holds them: the adapters have normalised them to UTC with milliseconds. */
export const dateTimeScalar = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description:
    'A time in the format of RFC 3339, in UTC with milliseconds: 2026-02-10T12:00:00.000Z.',
  serialize: String,
});

/** URL. A link is returned unchanged: enrollment links are credentials, and normalising one could break it. */
export const urlScalar = new GraphQLScalarType({
  ...GraphQLURL.toConfig(),
  description: 'An absolute URL.',
  serialize: String,
});

/** JSON. Values that JSON cannot hold are rejected. */
export const jsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description: 'A JSON value whose shape the REST API does not document.',
  parseValue: parseJsonValue,
  parseLiteral: parseJsonLiteral,
});
