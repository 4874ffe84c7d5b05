import { createQueryReader } from '../query.ts';
import type { Route } from '../router.ts';

const segment = (id: number, name: string, color: string) => ({
  id,
  name,
  icon: 'folder',
  color,
  children: [],
});

/** The organization itself, by id or slug, and its tree of segments. */
export const organizationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/organizations/{organizationId}',
    operation: 'base.organization.get',
    permission: null,
    platform: null,
    handle: ({ organization: { id, slug, name }, query }) => {
      createQueryReader(query).finish();
      return { id, slug, name };
    },
  },
  {
    method: 'GET',
    path: '/organizations/{organizationId}/segments',
    operation: 'base.organization.segment.list',
    permission: 'base.organization.segment.list',
    platform: null,
    handle: ({ organization, query }) => {
      createQueryReader(query).finish();
      return {
        organizationId: organization.id,
        children: [
          { ...segment(1, 'Europe', '#2f6fed'), children: [segment(2, 'Madrid', '#e4572e')] },
          segment(3, 'Americas', '#17a398'),
        ],
      };
    },
  },
];
