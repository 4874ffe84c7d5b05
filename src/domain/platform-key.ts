declare const platformKey: unique symbol;

/** A platform's name in the schema's enum, in upper case. Platforms are ordered by it. */
export type PlatformKey = string & { readonly [platformKey]: true };

/** Brands a platform's name. */
export const toPlatformKey = (value: string): PlatformKey => value as PlatformKey;
