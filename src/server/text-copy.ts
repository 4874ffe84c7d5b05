/** V8 copies shorter parts of a text by itself. */
const shortestSlice = 13;

/**
 * The same text in memory of its own. V8 stores a part of a text as a reference to the whole, so a name of twenty
 * characters that is kept would keep the whole document that it was cut from.
 */
export const copyText = (text: string): string =>
  text.length < shortestSlice ? text : structuredClone(text);
