import type { z } from 'zod';
import type { Random } from './data/random.ts';
import type { Document, Json, JsonObject } from './json.ts';

/** The names that one platform's tokens give to what every platform's tokens have. */
export interface PlatformWords {
  readonly organization: string;
  readonly enterprise: string;
  readonly device: string;
  /** The path parameter of one token. */
  readonly tokenId: string;
  /** The path parameter of one policy, and the id within an assignment. */
  readonly policyId: string;
  /** The embedded policy within an assignment. */
  readonly policy: string;
  readonly assignments: string;
  /** The legacy single policy as answered. */
  readonly legacyPolicy: string;
  /** The query parameter that asks for the tokens of one policy. */
  readonly policyFilter: string;
}

export interface AssignmentDraft {
  readonly policyId: string;
  readonly priority: number;
}

/** The body of a create without its user or users, read into platform-neutral names. */
export interface TokenDraft {
  readonly sendEmail: boolean;
  readonly displayName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly duration?: number | undefined;
  readonly emailText?: string | undefined;
  readonly segmentId?: number | undefined;
  readonly legacyPolicyId?: string | undefined;
  readonly assignments?: readonly AssignmentDraft[] | undefined;
  /** What only this platform's body has, as it was sent. */
  readonly extras: JsonObject;
}

/** The body of an update. What is absent is kept; an empty legacy policy removes it. */
export interface TokenChange {
  readonly displayName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly segmentId?: number | undefined;
  readonly legacyPolicyId?: string | undefined;
  readonly assignments?: readonly AssignmentDraft[] | undefined;
}

/** Where a document belongs. */
export interface Owner {
  readonly organizationId: string;
  readonly enterpriseId: string;
}

/** What a seeded policy is made of. Dates are ISO 8601. */
export interface PolicySeed extends Owner {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly random: Random;
}

/** What one platform adds to the sandbox: its paths, words, bodies and data. */
export interface PlatformSandbox {
  /** Its name in paths, permissions and policy summaries. */
  readonly key: string;
  readonly words: PlatformWords;
  /** The `type` of its tokens. */
  readonly tokenType: string;
  readonly draftBody: z.ZodType<TokenDraft>;
  readonly changeBody: z.ZodType<TokenChange>;
  /** What a 400 says where a token cannot be made. */
  readonly creationFailure: { readonly code: number; readonly message: string };
  /** The values of the policy list's `targetType` filter; empty where it has none. */
  readonly targetTypes: readonly string[];
  /** What a created token embeds of a policy it assigns. */
  readonly embedPolicy: (policy: Document) => JsonObject;
  /** The legacy single policy as answered; the policy is undefined where the token has none. */
  readonly legacyPolicy: (policy: Document | undefined, random: Random) => Json | undefined;
  readonly enrollmentLink: (secret: string) => string;
  /** The fields that only its tokens have; `extras` are those of a draft. */
  readonly tokenExtras: (extras: JsonObject, owner: Owner, expiresAt: string) => JsonObject;
  /** Draft extras for a seeded token. */
  readonly seedExtras: (random: Random) => JsonObject;
  readonly seedPolicy: (seed: PolicySeed) => Document;
  /** What the policy list of all platforms says of a policy besides its common fields. */
  readonly summarize: (policy: Document) => JsonObject;
  readonly policyNames: readonly string[];
  readonly deviceModels: readonly string[];
}
