import type { z } from 'zod';
import type { TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { PolicyFields } from './policy-reader.ts';
import type { PlatformTokenFields } from './token-reader.ts';
import type { BodyParts, RequestNames } from './token-requests.ts';
import type { TokenWire } from './token-wire.ts';

/** The data and pure functions that distinguish one platform. createPlatformFactory makes a Platform of them. */
export interface PlatformSlice<Draft extends TokenDraft, PlatformTokenWire extends TokenWire> {
  readonly key: PlatformKey;
  /** The platform's name in paths and permissions, and the name of its circuit breaker. */
  readonly pathName: string;
  readonly requestNames: RequestNames;
  readonly tokenSchema: z.ZodType<PlatformTokenWire>;
  /** Reads the fields that every platform has under names of its own. */
  readonly readTokenFields: (wire: PlatformTokenWire) => PlatformTokenFields;
  /** Adds the fields that only this platform's tokens have. It may change the token that it gets. */
  readonly extendToken: (token: EnrollmentToken, wire: PlatformTokenWire) => EnrollmentToken;
  /** The fields of the platform's policies: `policyFields`, and those that only this platform has. */
  readonly policyFields: PolicyFields;
  /** The parts of a create's body that only this platform has. */
  readonly extraDraftParts: (draft: Draft) => BodyParts<Omit<Draft, keyof TokenDraft>>;
}
