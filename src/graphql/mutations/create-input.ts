import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { InputRejectedError } from '../../domain/errors.ts';
import { type MdmUserId, toMdmUserId } from '../../domain/mdm-user.ts';
import {
  isEntityId,
  isOrganizationName,
  type OrganizationId,
  organizationNameRule,
} from '../../domain/organization.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import { type PolicyId, toPolicyId } from '../../domain/policy.ts';
import { limitedInputs, list } from '../input-limits.ts';
import { organizationNeeded } from '../queries/organization-argument.ts';
import type { Entities, PlacedReference } from '../types/entity.ts';

/** A field that may be null or missing. Both mean the same: the field is not sent. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

/** An id of the REST API, for objects that have no type in this schema. The API writes its digits in lower case. */
export const sourceId = (name: string) =>
  z
    .string()
    .refine(isEntityId, { error: `${name} must be an id of the REST API: 24 hexadecimal digits.` })
    .transform((id) => id.toLowerCase());

/** A JSON object of any shape: the API does not document which fields it reads. */
export const jsonObject = (name: string) =>
  z.record(z.string(), z.unknown(), { error: `${name} must be a JSON object.` });

/** The platform and organization that the ids of an input belong to. A null organization is not known yet. */
export interface InputScope {
  readonly entities: Entities;
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId | null;
}

const findMismatch = (
  scope: InputScope,
  reference: PlacedReference,
  name: string,
): string | null => {
  if (reference.platform !== null && reference.platform !== scope.platform) {
    return `${name} belongs to ${reference.platform}; one of ${scope.platform} is needed here.`;
  }
  const { organizationId } = reference;
  if (
    scope.organizationId !== null &&
    organizationId !== null &&
    organizationId !== scope.organizationId
  ) {
    return `${name} belongs to another organization than the one that the token is for.`;
  }
  return null;
};

/** An id of one kind, of this gateway or of the REST API, read into the latter. Both are the same input. */
const objectId = (scope: InputScope, kind: 'user' | 'policy', name: string) =>
  z.string().transform((value, context) => {
    const fault = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    try {
      const reference = scope.entities.decodeInPlace(kind, value, [name], scope.platform);
      const message = findMismatch(scope, reference, name);
      return message === null ? reference.sourceId : fault(message);
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      return fault(error.message);
    }
  });

const userId = (scope: InputScope) =>
  objectId(scope, 'user', 'userId').transform((id): MdmUserId => toMdmUserId(id));

const policyId = (scope: InputScope) =>
  objectId(scope, 'policy', 'policyId').transform((id): PolicyId => toPolicyId(id));

/** The policy assignments of a create or update. */
export const assignmentsInput = (scope: InputScope) =>
  list(
    'policyAssignments',
    z.object({ policyId: policyId(scope), priority: limitedInputs.priority }),
  );

/** The fields of a token draft that every platform's creates have. A field of the draft that is missing does not compile. */
const draftInputSchemas = (scope: InputScope) =>
  ({
    sendEmail: z.boolean(),
    displayName: optional(limitedInputs.displayName),
    tags: optional(limitedInputs.tags),
    durationSeconds: optional(limitedInputs.durationSeconds),
    language: optional(limitedInputs.language),
    emailText: optional(limitedInputs.emailText),
    policyAssignments: optional(assignmentsInput(scope)),
    segmentId: optional(limitedInputs.segmentId),
  }) satisfies Record<keyof TokenDraft, z.ZodType>;

/** The fields of every create that do not describe the token. */
export const callInputSchemas = {
  organizationId: z
    .string({ error: organizationNeeded })
    .refine(isOrganizationName, { error: organizationNameRule }),
  idempotencyKey: optional(limitedInputs.idempotencyKey),
  validateOnly: z.boolean(),
};

/** The user of a single create. */
export const userTarget = (scope: InputScope) => z.object({ userId: userId(scope) });

/** The addresses of a bulk create. Malformed addresses become results, not faults. */
export const addressesTarget = () =>
  z
    .object({ userEmails: limitedInputs.userEmails })
    .transform((target) => ({ ...target, userId: null }));

/** The input of a create: the fields of the call, its target, and its draft. `extra` reads the platform's own fields of the draft. */
export const createInput = <Target extends z.ZodType>(
  scope: InputScope,
  target: Target,
  extra: z.ZodType<object>,
) => {
  const call = z.object(callInputSchemas);
  const object = target.transform((given) => ({ target: given }));
  const shared = z.object(draftInputSchemas(scope)).transform(dropUndefined);
  const draft = z.intersection(shared, extra).transform((given) => ({ draft: given }));
  return z.intersection(z.intersection(call, object), draft);
};

/** The number of schemas that one function keeps: one for each platform and organization. */
const keptSchemas = 100;

/** Creates one schema for each scope and keeps it: creating a schema takes longer than using it. */
export const memoizeByScope = <Schema extends z.ZodType>(make: (scope: InputScope) => Schema) => {
  const made = new LRUCache<string, Schema, InputScope>({
    max: keptSchemas,
    memoMethod: (_key, _stale, { context }) => make(context),
  });
  return (scope: InputScope): Schema =>
    made.memo(`${scope.platform} ${scope.organizationId}`, { context: scope });
};

/** Reads an input. InputRejectedError names all its faults. */
export const readInput = <Schema extends z.ZodType>(
  input: unknown,
  schema: Schema,
): z.output<Schema> => {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  throw new InputRejectedError(
    error.issues.map(({ path, message }) => ({ path: ['input', ...path.map(String)], message })),
  );
};

type WithoutUndefined<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<
    Value[Key],
    undefined
  >;
};

const hasNoUndefined = <Value extends object>(value: object): value is WithoutUndefined<Value> =>
  !Object.values(value).includes(undefined);

/** Drops the keys whose value is undefined. */
export const dropUndefined = <Value extends object>(value: Value): WithoutUndefined<Value> => {
  const kept: object = Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  );
  if (!hasNoUndefined<Value>(kept)) throw new TypeError('A key without a value was kept.');
  return kept;
};
