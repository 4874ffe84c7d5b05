import { z } from 'zod';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { ObjectType } from '../../graphql/builder.ts';
import { defineCreateMutations } from '../../graphql/mutations/create-mutations.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { windowsKey } from './wire.ts';

/** Adds the create mutations of Windows. They have no input of their own. */
export const defineMutations = (parts: SchemaParts, token: ObjectType<EnrollmentToken>): void =>
  defineCreateMutations(parts, {
    platform: windowsKey,
    title: 'Windows',
    token,
    extraFields: () => ({}),
    extraInput: z.object({}),
    matchesExtra: () => true,
  });
