import type { z } from 'zod';
import type { Random } from './data/random.ts';
import type { Document, Json, JsonObject } from './json.ts';

/** One platform's names for the fields that the tokens of all platforms have. */
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
  /** The query parameter that filters tokens by policy. */
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
  /** The fields that only this platform's body has, as they were sent. */
  readonly extras: JsonObject;
}

/** The body of an update. An absent field keeps its value. An empty legacy policy removes it. */
export interface TokenChange {
  readonly displayName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly segmentId?: number | undefined;
  readonly legacyPolicyId?: string | undefined;
  readonly assignments?: readonly AssignmentDraft[] | undefined;
}

/** The organization and enterprise that a document belongs to. */
export interface Owner {
  readonly organizationId: string;
  readonly enterpriseId: string;
}

/** The values of a seeded policy. Dates are ISO 8601. */
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
  /** The error if a token cannot be created. */
  readonly creationFailure: { readonly code: number; readonly message: string };
  /** The values of the policy list's `targetType` filter; empty if the platform has no such filter. */
  readonly targetTypes: readonly string[];
  /** The fields of an assigned policy that a created token embeds. */
  readonly embedPolicy: (policy: Document) => JsonObject;
  /** The legacy single policy as answered. The policy is undefined if the token has none. */
  readonly legacyPolicy: (policy: Document | undefined, random: Random) => Json | undefined;
  readonly enrollmentLink: (secret: string) => string;
  /** The fields that only this platform's tokens have. `extras` are the extra fields of a draft. */
  readonly tokenExtras: (extras: JsonObject, owner: Owner, expiresAt: string) => JsonObject;
  /** Draft extras for a seeded token. */
  readonly seedExtras: (random: Random) => JsonObject;
  readonly seedPolicy: (seed: PolicySeed) => Document;
  /** The fields of a policy in the list of all platforms, besides the common ones. */
  readonly summarize: (policy: Document) => JsonObject;
  readonly policyNames: readonly string[];
  readonly deviceModels: readonly string[];
}
