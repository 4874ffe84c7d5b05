// The package has no types, and `@types/negotiator` does not know `preferred`.
declare module 'negotiator' {
  export class Negotiator {
    constructor(request: {
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    });
    /** The best of the available encodings. Of those that the client accepts equally, the first in `preferred`. */
    encoding<Encoding extends string>(
      available: readonly Encoding[],
      options: { readonly preferred: readonly Encoding[] },
    ): Encoding | undefined;
    /** The best of the available media types. Of those that the client accepts equally, the first one. */
    mediaType<Type extends string>(available: readonly Type[]): Type | undefined;
  }
}
