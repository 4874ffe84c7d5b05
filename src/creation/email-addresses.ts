import { domainToASCII, domainToUnicode } from 'node:url';
import { longestEmail } from '../domain/mdm-user.ts';

/** One address of a bulk create. */
export interface EmailAddress {
  /** As it is sent: the first spelling, without paste remains around it. A malformed address loses only its blanks. */
  readonly email: string;
  /** Its first index in the list given, from 0. */
  readonly index: number;
  readonly isWellFormed: boolean;
}

/** JavaScript counts a byte order mark as a blank. Here it is an invisible character, which an address may not hold. */
const blank = /^(?!\uFEFF)\s$/;

/** Characters that copying from a list leaves around an address. */
const pasteRemains = /^(?!\uFEFF)[\s,;<>]$/;

/** Removes matching characters at both ends. Takes linear time, which one pattern for both ends would not. */
const strip = (text: string, pattern: RegExp): string => {
  let start = 0;
  let end = text.length;
  while (start < end && pattern.test(text.charAt(start))) start += 1;
  while (end > start && pattern.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
};

/** The form in which addresses are compared. Case is ignored, as the API ignores it in the addresses of users. */
export const comparableEmail = (email: string): string => strip(email, pasteRemains).toLowerCase();

/**
 * Invisible characters: controls, format characters, lone surrogates, private-use characters, characters that a
 * renderer may ignore, blanks, and the Braille pattern without dots.
 */
const invisible = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The dot-atom of RFC 5322, with the non-ASCII characters of RFC 6531. Invisible characters are refused before. */
const localPattern = /^[^@<>(),;:"\\[\].]+(?:\.[^@<>(),;:"\\[\].]+)*$/u;

/** Checked first, since `domainToASCII` decodes `%41` and stops at `/` and `:`. */
const domainPattern = /^[\p{L}\p{M}\p{N}.-]+$/u;

const hostLabel = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Whether a text is a host name, not an IP address, of two or more labels. Letters can be of any script. */
const isHostName = (domain: string): boolean => {
  if (!domainPattern.test(domain)) return false;
  const host = domainToASCII(domain);
  const labels = host.split('.');
  return (
    labels.length >= 2 &&
    labels.every((label) => hostLabel.test(label)) &&
    // Newer versions of Node leave an invalid `xn--` label unchanged.
    !/(?:^|\.)xn--/.test(domainToUnicode(host)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
};

/** Whether a mail server could accept the address. An API that checks addresses refuses the whole chunk for a bad one. */
export const isWellFormed = (email: string): boolean => {
  if (email.length > longestEmail || invisible.test(email)) return false;
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  return localPattern.test(local) && isHostName(email.slice(at + 1));
};

/** The distinct addresses of a list, in the order given. Case and paste remains are ignored. */
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
