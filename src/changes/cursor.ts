import { BadCursorError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { ByteReader, ByteWriter, type Coder, MalformedBytesError } from '../paging/cursor/bytes.ts';
import { bindingDigest, digestLength, openText, sealText } from '../paging/cursor/sealed-text.ts';
import type { ListPosition, Positions } from './position.ts';

// The bytes of a cursor are the version, a digest of the organization, and the position in each list.

// Not the version of a page's cursor, so that one is never taken for the other.
const version = 128;

/**
 * Limit of known changes in a cursor, for each list; the newest are kept. If the overlap has more, a reader that resumes
 * gets some of them again.
 */
const mostSeen = 32;
const mostLists = 64;

const entriesOf = ({ seen }: ListPosition): readonly (readonly [number, number])[] =>
  [...seen].sort(([, left], [, right]) => right - left).slice(0, mostSeen);

/** Writes or reads positions, so that one description of the format serves both. */
const codePositions = (coder: Coder, positions?: Positions): Positions => {
  const lists = coder.list<readonly [string, ListPosition]>(
    positions && [...positions].slice(0, mostLists),
    (list) => {
      const [key, position] = list ?? [];
      const name = coder.text(key);
      const floorMs = coder.count(position?.floorMs ?? 0, Number.MAX_SAFE_INTEGER);
      const seen = coder.list<readonly [number, number]>(
        position && entriesOf(position),
        (entry) => {
          const digest = coder.count(entry?.[0] ?? 0, Number.MAX_SAFE_INTEGER);
          return [digest, floorMs + coder.integer((entry?.[1] ?? 0) - floorMs)];
        },
      );
      return [name, { floorMs, seen: new Map(seen) }];
    },
  );
  return new Map(lists);
};

/** Whether a cursor holds all of these positions. */
export const fitsCursor = (positions: Positions): boolean =>
  positions.size <= mostLists && [...positions.values()].every(({ seen }) => seen.size <= mostSeen);

const organizationDigest = (organizationId: OrganizationId) =>
  bindingDigest('changes of', organizationId);

/** Encodes positions in an organization's lists as a cursor. */
export const encodePositions = (organizationId: OrganizationId, positions: Positions): string => {
  const writer = new ByteWriter();
  writer.byte(version);
  writer.bytes(organizationDigest(organizationId));
  codePositions(writer, positions);
  return sealText(writer);
};

const malformed = (): BadCursorError =>
  new BadCursorError(
    'after',
    '"after" is not a cursor of a change: use the cursor of a change that enrollmentTokenChanges delivered.',
  );

/**
 * Decodes the cursor of a change. Throws BadCursorError if it is malformed, was changed, or belongs to another organization.
 * The organization is not compared if it is null, because it is not known yet.
 */
export const decodePositions = (text: string, organizationId: OrganizationId | null): Positions => {
  const bytes = openText(text);
  if (bytes?.[0] !== version) throw malformed();
  try {
    const reader = new ByteReader(bytes.subarray(1));
    const digest = reader.bytes(digestLength);
    if (organizationId !== null && !organizationDigest(organizationId).equals(digest)) {
      throw new BadCursorError(
        'after',
        '"after" is a cursor of another organization: use it with the organization that it was given out for.',
      );
    }
    const positions = codePositions(reader);
    reader.end();
    // A cursor is no proof that it was given out, and a stream keeps its positions for days.
    if (!fitsCursor(positions)) throw malformed();
    return positions;
  } catch (error) {
    if (error instanceof MalformedBytesError) throw malformed();
    throw error;
  }
};
