/** What an answer can be written as. */
const answerTypes = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
].map((type) => type.split('/'));

const isAnswerType = (range: string): boolean => {
  const [type, subtype] = range.split('/');
  return answerTypes.some(
    ([answer, answerSubtype]) =>
      (type === '*' || type === answer) && (subtype === '*' || subtype === answerSubtype),
  );
};

/**
 * Whether an answer fits an Accept header. The server decides in the same way, but only after the execution: it ignores
 * quality values, and a range with another charset than UTF-8 fits nothing.
 */
export const acceptsAnswer = (accept: string | undefined): boolean => {
  if (accept === undefined || accept === '' || accept === '*/*') return true;
  return accept
    .replace(/\s/g, '')
    .toLowerCase()
    .split(',')
    .some((item) => {
      const [range = '', ...parameters] = item.split(';');
      const charset = parameters.find((parameter) => parameter.includes('charset='));
      return (charset === undefined || charset === 'charset=utf-8') && isAnswerType(range);
    });
};
