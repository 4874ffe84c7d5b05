/** V8 copies shorter parts of a text by itself. */
const shortestReference = 13;

/**
 * The same text in memory of its own. V8 stores a part of a text as a reference to the whole, so a name of twenty
 * characters that is kept would keep the whole document that it was cut from.
 */
export const detachText = (text: string): string =>
  text.length < shortestReference ? text : structuredClone(text);
