import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { InputRejectedError } from '../../domain/errors.ts';
import { type MdmUserId, toMdmUserId } from '../../domain/mdm-user.ts';
import { isEntityId, isOrganizationName, type OrganizationId } from '../../domain/organization.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import { type PolicyId, toPolicyId } from '../../domain/policy.ts';
import { inputLimits } from '../input-limits.ts';
import { organizationNeeded } from '../queries/organization-argument.ts';
import type { Entities, EntityReference } from '../types/entity.ts';

/** The languages that the REST API writes e-mails in. */
export const languages = ['de', 'en', 'es', 'fr', 'it', 'pt', 'ru', 'zh'] as const;

/** A field that may be null or missing. Both mean the same: the field is not sent. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

const text = (name: string, longest: number) =>
  z.string().max(longest, { error: `${name} must be at most ${longest} characters.` });

/** A list of at most `inputLimits.listLength` items. */
export const list = <Schema extends z.ZodType>(name: string, item: Schema) =>
  // Checks the length before the items: reading thousands of them takes longer than rejecting the list.
  z
    .array(z.unknown())
    .max(inputLimits.listLength, {
      error: `${name} must have at most ${inputLimits.listLength} entries.`,
    })
    .pipe(z.array(item));

const wholeNumber = (name: string, minimum: number, maximum: number, unit = '') =>
  z
    .number()
    .int()
    .refine((value) => value >= minimum && value <= maximum, {
      error: ({ input }) =>
        `${name} must be ${minimum} to ${maximum}${unit}; it is ${String(input)}.`,
    });

/** An id of the REST API, for objects that have no type in this schema. */
export const sourceId = (name: string) =>
  z.string().refine(isEntityId, {
    error: `${name} must be an id of the REST API: 24 hexadecimal digits.`,
  });

/** A JSON object of any shape: the API does not document which fields it reads. */
export const jsonObject = (name: string) =>
  z.record(z.string(), z.unknown(), { error: `${name} must be a JSON object.` });

/** The platform and organization that the global ids of an input must belong to. A null organization is not checked. */
interface InputScope {
  readonly entities: Entities;
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId | null;
}

const findMismatch = (
  scope: InputScope,
  reference: EntityReference,
  name: string,
): string | null => {
  if (reference.platform !== null && reference.platform !== scope.platform) {
    return `${name} belongs to ${reference.platform}; one of ${scope.platform} is needed here.`;
  }
  if (scope.organizationId !== null && reference.organizationId !== scope.organizationId) {
    return `${name} belongs to another organization than the one that the token is for.`;
  }
  return null;
};

/** A global id of one kind, read into the id in the REST API. */
const globalId = (scope: InputScope, kind: 'user' | 'policy', name: string) =>
  z.string().transform((value, context) => {
    const fault = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    try {
      const reference = scope.entities.decodeKind(kind, value, [name]);
      const message = findMismatch(scope, reference, name);
      return message === null ? reference.sourceId : fault(message);
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      return fault(error.message);
    }
  });

const userId = (scope: InputScope) =>
  globalId(scope, 'user', 'userId').transform((id): MdmUserId => toMdmUserId(id));

const policyId = (scope: InputScope) =>
  globalId(scope, 'policy', 'policyId').transform((id): PolicyId => toPolicyId(id));

/** The policy assignments of a create or update. */
export const assignmentsInput = (scope: InputScope) =>
  list(
    'policyAssignments',
    z.object({
      policyId: policyId(scope),
      priority: wholeNumber('priority', 0, inputLimits.priority),
    }),
  );

export const displayNameInput = text('displayName', inputLimits.text);
export const tagsInput = list('tags', text('A tag', inputLimits.text));
export const segmentIdInput = wholeNumber('segmentId', 0, 2_147_483_647);

/** The fields of a token draft that every platform's creates have. A field of the draft that is missing does not compile. */
export const draftInputSchemas = (scope: InputScope) =>
  ({
    sendEmail: z.boolean(),
    displayName: optional(displayNameInput),
    tags: optional(tagsInput),
    durationSeconds: optional(
      wholeNumber(
        'durationSeconds',
        inputLimits.shortestSeconds,
        inputLimits.longestSeconds,
        ' (a minute to 30 days)',
      ),
    ),
    language: optional(
      z.enum(languages, { error: `language must be one of ${languages.join(', ')}.` }),
    ),
    emailText: optional(text('emailText', inputLimits.emailText)),
    policyAssignments: optional(assignmentsInput(scope)),
    segmentId: optional(segmentIdInput),
  }) satisfies Record<keyof TokenDraft, z.ZodType>;

const callInputSchemas = {
  organizationId: z.string({ error: organizationNeeded }).refine(isOrganizationName, {
    error:
      'organizationId must be 24 hexadecimal digits, or a slug of three or more letters, digits and hyphens.',
  }),
  idempotencyKey: optional(
    z.string().regex(/^[\x20-\x7e]{1,255}$/, {
      error: `idempotencyKey must be 1 to ${inputLimits.idempotencyKey} printable ASCII characters.`,
    }),
  ),
  validateOnly: z.boolean(),
};

/** The user of a single create, and the fields that every create has. */
export const singleInputSchemas = (scope: InputScope) => ({
  ...callInputSchemas,
  userId: userId(scope),
});

/** The addresses of a bulk create, and the fields that every create has. Malformed addresses become results, not faults. */
export const bulkInputSchemas = {
  ...callInputSchemas,
  userEmails: z
    .array(z.string())
    .min(1, { error: 'userEmails must have at least one address.' })
    .max(inputLimits.addresses, {
      error: `userEmails must have at most ${inputLimits.addresses} addresses.`,
    }),
};

/** The number of organizations whose schemas are kept. */
const keptSchemas = 100;
const noOrganization = 'none';

/** Creates one schema for each organization and keeps it: creating a schema takes longer than using it. */
export const memoizeByOrganization = <Schema extends z.ZodType>(
  make: (organizationId: OrganizationId | null) => Schema,
): ((organizationId: OrganizationId | null) => Schema) => {
  const made = new LRUCache<OrganizationId | typeof noOrganization, Schema>({
    max: keptSchemas,
    memoMethod: (name) => make(name === noOrganization ? null : name),
  });
  return (organizationId) => made.memo(organizationId ?? noOrganization);
};

/** Reads an input with two schemas, which each read a part of it. InputRejectedError names all faults of both. */
export const readInput = <First extends z.ZodType, Second extends z.ZodType>(
  input: unknown,
  first: First,
  second: Second,
): readonly [z.output<First>, z.output<Second>] => {
  const results = [first.safeParse(input), second.safeParse(input)] as const;
  const [one, other] = results;
  if (one.success && other.success) return [one.data, other.data];
  const issues = results.flatMap(({ error }) => error?.issues ?? []);
  throw new InputRejectedError(
    issues.map(({ path, message }) => ({ path: ['input', ...path.map(String)], message })),
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
