/** The API's own bound of an address. */
const maximumLength = 128;

/** One of the addresses of a bulk create. */
export interface EmailAddress {
  /** Trimmed, as it was first written. */
  readonly email: string;
  /** Where it first stood in the list given, from 0. */
  readonly index: number;
  readonly isWellFormed: boolean;
}

/** The text by which addresses are compared: the API's users are not told apart by case. */
export const comparableEmail = (email: string): string => email.trim().toLowerCase();

/** Loose on purpose: it refuses what no mail system takes, and leaves the rest to the API. */
const addressForm = /^[^\s\p{Cc}@<>(),;:"\\[\]]+@[^\s\p{Cc}@.]+(\.[^\s\p{Cc}@.]+)+$/u;

const isWellFormed = (email: string): boolean =>
  email.length <= maximumLength && addressForm.test(email);

/** The distinct addresses of a list in the order given: trimmed, compared without case. */
export const distinctAddresses = (emails: readonly string[]): readonly EmailAddress[] => {
  const byText = new Map<string, EmailAddress>();
  emails.forEach((given, index) => {
    const email = given.trim();
    const text = comparableEmail(email);
    if (!byText.has(text)) byText.set(text, { email, index, isWellFormed: isWellFormed(email) });
  });
  return [...byText.values()];
};
