interface Answer {
  readonly errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** Returns the code of each error of an answer. */
export const codesOf = ({ errors }: Answer): unknown[] =>
  errors.map(({ extensions }) => extensions['code']);

/** Returns the different codes of the errors of an answer. */
export const distinctCodesOf = (answer: Answer): unknown[] => [...new Set(codesOf(answer))];
