import type { SchemaParts } from '../schema-parts.ts';
import { toUserErrors } from '../user-errors.ts';

const statusValues = {
  OK: { description: 'The platform answered.' },
  FORBIDDEN: {
    description:
      'The caller may not read this platform, or the plan does not include it. It counts as empty, and paging ends without it.',
  },
  UNAVAILABLE: {
    description:
      'The platform did not answer. The cursor keeps its position: its items follow when it answers again.',
  },
  SCAN_LIMIT: {
    description: 'The page ended at MAX_SCAN_ITEMS or MAX_UPSTREAM_CALLS. Continue from endCursor.',
  },
} as const;

/** Adds MdmSource and its status. */
export const defineMdmSource = ({ builder, refs }: SchemaParts): void => {
  const status = builder.enumType('MdmSourceStatus', {
    description: 'Whether the page contains a platform, and the reason if not.',
    values: statusValues,
  });
  refs.source.implement({
    description: 'The answer of one platform to one connection.',
    fields: (t) => ({
      platform: t.field({
        type: refs.platform,
        description: 'The platform that this entry is about.',
        resolve: ({ key }) => key,
      }),
      status: t.field({
        type: status,
        description: 'Whether the platform answered.',
        resolve: (source) => source.status,
      }),
      totalCount: t.exposeInt('totalCount', {
        nullable: true,
        description:
          'The number of matching items on this platform. Null if the platform did not answer, or if counting them would need a scan.',
      }),
      error: t.field({
        type: refs.userError,
        nullable: true,
        description: 'The reason why the page lacks this platform; null if status is OK.',
        resolve: ({ error }) => (error ? (toUserErrors(error)[0] ?? null) : null),
      }),
    }),
  });
};
