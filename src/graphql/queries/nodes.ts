import { type InputFault, InputRejectedError } from '../../domain/errors.ts';
import { referencesPrice } from '../pricing/key-prices.ts';
import type { SchemaParts } from '../schema-parts.ts';
import type { Entities, EntityReference } from '../types/entity.ts';

/** Decodes all ids before any object is loaded. InputRejectedError names every id that is not valid. */
const decodeAll = (entities: Entities, ids: readonly string[]): EntityReference[] => {
  const faults: InputFault[] = [];
  const references = ids.flatMap((id, index) => {
    try {
      return entities.decode(id, ['ids', String(index)]);
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      faults.push(...error.faults);
      return [];
    }
  });
  if (faults.length > 0) throw new InputRejectedError(faults);
  return references;
};

/** Adds Query.node and Query.nodes. */
export const defineNodeQueries = ({ builder, entities }: SchemaParts): void => {
  const node = builder.nodeInterfaceRef();
  builder.queryFields((t) => ({
    node: t.field({
      type: node,
      nullable: true,
      description:
        'A token, policy or user by its id. Null if it does not exist any more. One upstream call.',
      args: { id: t.arg.id({ required: true, description: 'The id of a token, policy or user.' }) },
      extensions: { price: () => ({ calls: 1, objects: 1 }) },
      resolve: (_root, { id }, context) => entities.load(context, entities.decode(id, ['id'])),
    }),
    nodes: t.field({
      type: [node],
      nullable: { list: false, items: true },
      description:
        'Tokens, policies and users by their ids, in the given order. Null for each that does not exist any more. Ids of one list share upstream calls: its pages are read if they are fewer than the ids, and each id that they do not show takes one call.',
      args: {
        ids: t.arg.idList({ required: true, description: 'Ids of tokens, policies or users.' }),
      },
      extensions: {
        countIds: ({ ids }) => ids.length,
        price: ({ args: { ids }, bounds }) => referencesPrice(decodeAll(entities, ids), bounds),
      },
      resolve: (_root, { ids }, context) =>
        decodeAll(entities, ids).map((reference) =>
          context.failures.run(() => entities.load(context, reference)),
        ),
    }),
  }));
};
