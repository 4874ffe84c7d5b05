import { entityKey, globalIdDescription } from '../global-id.ts';

/** The options of each platform's token and policy types: entities with a global id. */
export const platformEntity = {
  id: { description: globalIdDescription, resolve: entityKey },
  directives: { key: { fields: 'id' } },
} as const;

/** The options of each platform's `enterpriseId`. `title` is the platform's name in texts. */
export const enterpriseIdOptions = (title: string) =>
  ({
    nullable: true,
    description: `The organization's ${title} enterprise in the REST API.`,
  }) as const;
