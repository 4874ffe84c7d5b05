import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { InputRejectedError } from '../../domain/errors.ts';
import { type MdmUserId, toMdmUserId } from '../../domain/mdm-user.ts';
import { isEntityId, isOrganizationName, type OrganizationId } from '../../domain/organization.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import { type PolicyId, toPolicyId } from '../../domain/policy.ts';
import type { Entities, EntityReference } from '../types/entity.ts';

/** The API's limits (CONTRACT 3.2 and 4.2); those on the length of lists are the gateway's own. */
export const inputLimits = {
  text: 128,
  /** The API states no length for the text of the e-mail. */
  emailText: 10_000,
  listLength: 100,
  priority: 10_000,
  shortestSeconds: 60,
  longestSeconds: 2_592_000,
  idempotencyKey: 255,
  addresses: 1_000,
} as const;

const languages = ['de', 'en', 'es', 'fr', 'it', 'pt', 'ru', 'zh'] as const;

/** GraphQL's null means the same as a field left out: neither is sent. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

const text = (name: string, longest: number) =>
  z.string().max(longest, { error: `${name} must be at most ${longest} characters.` });

export const list = <Schema extends z.ZodType>(name: string, item: Schema) =>
  // The length first: reading thousands of entries takes longer than refusing them.
  z
    .array(z.unknown())
    .max(inputLimits.listLength, {
      error: `${name} must have at most ${inputLimits.listLength} entries.`,
    })
    .pipe(z.array(item));

const whole = (name: string, minimum: number, maximum: number, unit = '') =>
  z
    .number()
    .int()
    .refine((value) => value >= minimum && value <= maximum, {
      error: ({ input }) =>
        `${name} must be ${minimum} to ${maximum}${unit}; it is ${String(input)}.`,
    });

/** An id of the REST API itself, for things that this schema has no type for. */
export const sourceId = (name: string) =>
  z.string().refine(isEntityId, {
    error: `${name} must be an id of the REST API: 24 hexadecimal digits.`,
  });

/** An object of any shape: what the API does with it, it does not document. */
export const jsonObject = (name: string) =>
  z.record(z.string(), z.unknown(), { error: `${name} must be a JSON object.` });

/** Where global ids of an input must point. A null organization is not known yet and not compared. */
export interface InputScope {
  readonly entities: Entities;
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId | null;
}

const misplaced = (scope: InputScope, reference: EntityReference, name: string): string | null => {
  if (reference.platform !== null && reference.platform !== scope.platform) {
    return `${name} belongs to ${reference.platform}; one of ${scope.platform} is needed here.`;
  }
  if (scope.organizationId !== null && reference.organizationId !== scope.organizationId) {
    return `${name} belongs to another organization than the one that the token is for.`;
  }
  return null;
};

/** A global id of one kind, as the id in the REST API. */
const globalId = (scope: InputScope, kind: 'user' | 'policy', name: string) =>
  z.string().transform((value, context) => {
    const fault = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    try {
      const reference = scope.entities.decodeKind(kind, value, [name]);
      const message = misplaced(scope, reference, name);
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

/** The policies of a create or update. */
export const assignmentsInput = (scope: InputScope) =>
  list(
    'policyAssignments',
    z.object({
      policyId: policyId(scope),
      priority: whole('priority', 0, inputLimits.priority),
    }),
  );

/** Fields that creates and updates share, with the API's limits. */
export const displayNameInput = text('displayName', inputLimits.text);
export const tagsInput = list('tags', text('A tag', inputLimits.text));
export const segmentIdInput = whole('segmentId', 0, 2_147_483_647);

/** What every create takes, whichever the platform. */
export const draftInput = (scope: InputScope) => ({
  sendEmail: z.boolean(),
  displayName: optional(displayNameInput),
  tags: optional(tagsInput),
  durationSeconds: optional(
    whole(
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
});

const callInput = {
  organizationId: z
    .string({
      error:
        'organizationId is needed: this gateway has no default organization. Give its id or slug.',
    })
    .refine(isOrganizationName, {
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

/** Whom a single create is for, and how it is called. */
export const singleInput = (scope: InputScope) => ({ ...callInput, userId: userId(scope) });

/** Whom a bulk create is for, and how it is called; malformed addresses are told of one by one, later. */
export const bulkInput = () => ({
  ...callInput,
  userEmails: z
    .array(z.string())
    .min(1, { error: 'userEmails must have at least one address.' })
    .max(inputLimits.addresses, {
      error: `userEmails must have at most ${inputLimits.addresses} addresses.`,
    }),
});

const keptSchemas = 100;
const notKnownYet = 'not known yet';

/** A schema for each organization, made once while the organization is in use: making one takes longer than using it. */
export const byOrganization = <Schema extends z.ZodType>(
  make: (organizationId: OrganizationId | null) => Schema,
): ((organizationId: OrganizationId | null) => Schema) => {
  const made = new LRUCache<OrganizationId | typeof notKnownYet, Schema>({
    max: keptSchemas,
    memoMethod: (name) => make(name === notKnownYet ? null : name),
  });
  return (organizationId) => made.memo(organizationId ?? notKnownYet);
};

/** Reads an input by schemas that each take a part of it; InputRejectedError names every fault below `input`. */
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

type Present<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<
    Value[Key],
    undefined
  >;
};

const isPresent = <Value extends object>(value: object): value is Present<Value> =>
  !Object.values(value).includes(undefined);

/** The same without the keys whose value is undefined: absent keys are not sent. */
export const present = <Value extends object>(value: Value): Present<Value> => {
  const kept: object = Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  );
  if (!isPresent<Value>(kept)) throw new TypeError('A key without a value is left.');
  return kept;
};
