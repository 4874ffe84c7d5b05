import { type ASTVisitor, GraphQLError, type SelectionNode, type ValidationContext } from 'graphql';

const isCondition = ({ name }: { readonly name: { readonly value: string } }): boolean =>
  name.value === 'skip' || name.value === 'include';

/** Refuses a subscription whose root field can be left out: graphql-js fails to start it. */
export const UnconditionalRootFieldRule = (context: ValidationContext): ASTVisitor => {
  const root = context.getSchema().getSubscriptionType();
  const check = (node: SelectionNode): void => {
    if (context.getParentType() !== root || !node.directives?.some(isCondition)) return;
    const message = 'The root field of a subscription cannot have @skip or @include.';
    context.reportError(new GraphQLError(message, { nodes: node }));
  };
  return { Field: check, FragmentSpread: check, InlineFragment: check };
};
