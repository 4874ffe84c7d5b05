/** Characters. V8 copies shorter slices by itself. */
const shortestSlice = 13;

/**
 * Copies a text into memory of its own. V8 stores a slice of a text as a reference to the whole text. So a name of twenty
 * characters that is kept would keep the whole document that it was cut from.
 */
export const copyText = (text: string): string =>
  text.length < shortestSlice ? text : structuredClone(text);
