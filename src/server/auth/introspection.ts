import { NoSchemaIntrospectionCustomRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Refuses `__schema` and `__type` if introspection is off. `_service`, which routers need, stays available. */
export const useIntrospection = (isOn: boolean): Plugin => ({
  onValidate: ({ addValidationRule }) => {
    if (!isOn) addValidationRule(NoSchemaIntrospectionCustomRule);
  },
});
