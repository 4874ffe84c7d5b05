import { NoSchemaIntrospectionCustomRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Refuses `__schema` and `__type` where introspection is off. A router's `_service` stays. */
export const useIntrospection = (isOn: boolean): Plugin => ({
  onValidate: ({ addValidationRule }) => {
    if (!isOn) addValidationRule(NoSchemaIntrospectionCustomRule);
  },
});
