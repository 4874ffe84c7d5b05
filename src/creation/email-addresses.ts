import { domainToASCII, domainToUnicode } from 'node:url';

/** The API's own bound of an address, in characters. */
const maximumLength = 128;

/** One of the addresses of a bulk create. */
export interface EmailAddress {
  /** As it is sent: as first written, without what pasting left around it. A malformed one loses the blanks only. */
  readonly email: string;
  /** Where it first stood in the list given, from 0. */
  readonly index: number;
  readonly isWellFormed: boolean;
}

/** A byte order mark is a blank to JavaScript. Here it is an invisible character, which no address may hold. */
const blank = /^(?!\uFEFF)\s$/;

/** What pasting leaves around an address. */
const pasteRemains = /^(?!\uFEFF)[\s,;<>]$/;

/** The text without the characters of that form around it. In linear time, unlike one pattern for both ends. */
const strip = (text: string, form: RegExp): string => {
  let start = 0;
  let end = text.length;
  while (start < end && form.test(text.charAt(start))) start += 1;
  while (end > start && form.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
};

/** The text by which addresses are compared: the API's users are not told apart by case. */
export const comparableEmail = (email: string): string => strip(email, pasteRemains).toLowerCase();

/**
 * Characters that nobody sees: controls, format characters, lone surrogates, private ones, what a renderer may ignore,
 * blanks, and a Braille pattern without dots.
 */
const invisible = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** RFC 5322's dot-atom, and what RFC 6531 adds: anything beyond ASCII. Invisible characters are refused before. */
const localForm = /^[^@<>(),;:"\\[\].]+(?:\.[^@<>(),;:"\\[\].]+)*$/u;

/** `domainToASCII` also decodes `%41`, and stops at `/` and `:`. */
const domainForm = /^[\p{L}\p{M}\p{N}.-]+$/u;

const hostLabel = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Whether a text is a host name of two labels or more, with letters of any script, and no IP address. */
const isHostName = (domain: string): boolean => {
  if (!domainForm.test(domain)) return false;
  const host = domainToASCII(domain);
  const labels = host.split('.');
  return (
    labels.length >= 2 &&
    labels.every((label) => hostLabel.test(label)) &&
    // Newer versions of Node leave a label as it is that no other script encodes to.
    !/(?:^|\.)xn--/.test(domainToUnicode(host)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
};

/** Whether a mail server could accept it: one address that is not fails the whole chunk at an API that checks. */
const isWellFormed = (email: string): boolean => {
  if (email.length > maximumLength || invisible.test(email)) return false;
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  return localForm.test(local) && isHostName(email.slice(at + 1));
};

/** The distinct addresses of a list in the order given: without what pasting left, compared without case. */
export const distinctAddresses = (emails: readonly string[]): readonly EmailAddress[] => {
  const byText = new Map<string, EmailAddress>();
  emails.forEach((given, index) => {
    const text = comparableEmail(given);
    if (byText.has(text)) return;
    const email = strip(given, pasteRemains);
    byText.set(
      text,
      isWellFormed(email)
        ? { email, index, isWellFormed: true }
        : { email: strip(given, blank), index, isWellFormed: false },
    );
  });
  return [...byText.values()];
};
