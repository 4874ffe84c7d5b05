import { z } from 'zod';
import { bodyRefused, type Fault } from '../failure.ts';
import { isObject, type JsonObject } from '../json.ts';
import { entityIdPattern } from '../query.ts';

/** The parts of request bodies that all platforms share. Like the API, they convert texts to numbers and booleans. */

export const entityId = z
  .string()
  .regex(entityIdPattern, 'must be 24 hexadecimal digits')
  .transform((id) => id.toLowerCase());

/** An id, or the empty string for none. */
export const optionalId = z.union([z.literal(''), entityId]).optional();

export const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i, 'must be a boolean')
    .transform((text) => text.toLowerCase() === 'true'),
]);

const integer = (minimum: number, maximum: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(minimum).max(maximum));

const shortText = z.string().max(128);

/** Letters of any script, in both parts. */
const internationalEmail =
  /^[^\s\p{C}@<>(),;:"\\[\]]+@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+\p{L}[\p{L}\p{M}\p{N}-]*$/u;

/** The API's validation library checks the form of ASCII addresses and accepts international ones. */
export const email = z
  .string()
  .max(128)
  .pipe(
    z.union(
      [
        z.email(),
        z
          .string()
          .regex(/\P{ASCII}/u)
          .regex(internationalEmail),
      ],
      'must be a valid email',
    ),
  );

export const language = z.enum(['es', 'en', 'fr', 'de', 'it', 'zh', 'pt', 'ru']);
export const tags = z.array(shortText);
export const priority = integer(0, 10_000);

/** A list of policy assignments. `policyKey` is the key of the policy's id in an entry. */
export const assignmentList = <Key extends string>(
  policyKey: Key,
  entry: z.ZodType<Readonly<Record<Key, string>> & { readonly priority: number }>,
) =>
  z.array(entry).transform((list) =>
    list.map((assignment) => ({
      policyId: assignment[policyKey],
      priority: assignment.priority,
    })),
  );

/** Gives a body's legacy policy and policy assignments the names that all platforms share in the sandbox. */
export const renamePolicies =
  <LegacyKey extends string, ListKey extends string>(legacyKey: LegacyKey, listKey: ListKey) =>
  <Body extends Readonly<Partial<Record<LegacyKey | ListKey, unknown>>>>(body: Body) => {
    const { [legacyKey]: legacyPolicyId, [listKey]: assignments, ...rest } = body;
    return { ...rest, legacyPolicyId, assignments };
  };

/** Any JSON object, as it was sent. */
export const anyObject = z.custom<JsonObject>(isObject, 'must be an object');

/** The fields of a create and bulk create of every platform. */
export const draftFields = {
  sendEmail: flag,
  displayName: shortText.optional(),
  tags: tags.optional(),
  duration: integer(60, 2_592_000).optional(),
  language: language.optional(),
  emailText: z.string().optional(),
  segmentId: integer(0, Number.MAX_SAFE_INTEGER).optional(),
};

/** The fields of an update of every platform. */
export const changeFields = {
  displayName: shortText.optional(),
  tags: tags.optional(),
  segmentId: integer(0, Number.MAX_SAFE_INTEGER).optional(),
};

const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));

/** Reads the parts of a body. Throws 400 with all faults of all parts. */
export const readParts = <First, Second>(
  [firstSchema, first]: readonly [z.ZodType<First>, unknown],
  [secondSchema, second]: readonly [z.ZodType<Second>, unknown],
): readonly [First, Second] => {
  const one = firstSchema.safeParse(first);
  const other = secondSchema.safeParse(second);
  if (one.success && other.success) return [one.data, other.data];
  throw bodyRefused(
    [one, other].flatMap(({ error }) => (error === undefined ? [] : faultsOf(error))),
  );
};

/** Reads a whole body. Throws 400 with all faults. */
export const readBody = <Output>(schema: z.ZodType<Output>, body: unknown): Output => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw bodyRefused(faultsOf(result.error));
};

/** Reads a body that must be an object. Throws 400 on any other value. */
export const requireObject = (body: unknown): JsonObject => readBody(anyObject, body);
