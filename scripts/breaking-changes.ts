import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildASTSchema, type ConstDirectiveNode, Kind, parse, print } from 'graphql';

const build = (sdl: string) => buildASTSchema(parse(sdl), { assumeValidSDL: true });

const argumentOf = ({ arguments: given = [] }: ConstDirectiveNode, name: string): string => {
  const value = given.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return '';
  return value.kind === Kind.STRING ? value.value.trim().replace(/\s+/g, ' ') : print(value);
};

/** The properties of a type, besides its fields, on which other subgraphs and the router rely. */
const promisesOf = (typename: string, directive: ConstDirectiveNode): string[] => {
  if (directive.name.value === 'shareable') return [`${typename} may be shared`];
  if (directive.name.value !== 'key') return [];
  const key = `${typename} has the key "${argumentOf(directive, 'fields')}"`;
  const resolvable = argumentOf(directive, 'resolvable') !== 'false';
  return resolvable ? [key, `${key}, and resolves it`] : [key];
};

const federationPromises = (sdl: string): ReadonlySet<string> =>
  new Set(
    parse(sdl).definitions.flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? (definition.directives ?? []).flatMap((directive) =>
            promisesOf(definition.name.value, directive),
          )
        : [],
    ),
  );

/**
 * Compares two versions of a contract and returns the changes that break clients or other subgraphs; empty if all
 * operations and references keep working. Both are SDL, with or without federation directives.
 */
export const findBreakingChanges = async (before: string, after: string): Promise<string[]> => {
  const changes = await diff(build(before), build(after));
  const kept = federationPromises(after);
  return [
    ...changes
      .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
      .map(({ message }) => message),
    ...[...federationPromises(before)]
      .filter((promise) => !kept.has(promise))
      .map((promise) => `No longer true: ${promise}`),
  ];
};

/** Whether a version may contain breaking changes: a new major version, or before 1.0 a new minor version. */
export const mayBreak = (before: string, after: string): boolean => {
  const [major, minor] = before.split('.');
  const [nextMajor, nextMinor] = after.split('.');
  return major !== nextMajor || (major === '0' && minor !== nextMinor);
};
