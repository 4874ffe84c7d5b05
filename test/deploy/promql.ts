/** A metric in a PromQL expression, with the label values that it is compared with. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

/** The functions and keywords that the expressions in `deploy/` use. Every other name is a metric. */
const words = new Set(
  `sum min max count topk rate increase changes absent time histogram_quantile
  by on and or unless offset`.split(/\s+/),
);

const groupings = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;
const quoted = /"[^"]*"/g;

/** Returns every metric that a PromQL expression names. A misspelt function counts as a metric. */
export const readSelectors = (expression: string): Selector[] => {
  const rest = expression.replace(groupings, '').replace(/\[[^\]]*\]|\boffset \w+/g, '');
  return [...rest.matchAll(/([a-z_:][\w:]*)\s*(?:\{([^}]*)\})?/gi)]
    .filter(([, name = '']) => !words.has(name))
    .map(([, metric = '', braces = '']) => ({
      metric,
      matchers: [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(
        ([, label = '', value = '']) => ({ label, value }),
      ),
    }));
};

/** Returns the labels by which a PromQL expression groups. */
export const readGroupings = (expression: string): string[] =>
  [...expression.replace(quoted, '').matchAll(groupings)].flatMap(([, labels = '']) =>
    labels.split(/[,\s]+/).filter((label) => label !== ''),
  );
