import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { enterpriseIdOptions, platformEntity } from '../../graphql/types/platform-types.ts';
import { defineApplication, defineProfile } from './content-types.ts';
import { defineMutations } from './mutations.ts';
import { definePolicyType } from './policy-types.ts';
import type { AppleEnrollmentToken } from './wire.ts';

export const appleTokenType = 'AppleEnrollmentToken';

const defineTokenParts = ({ builder }: SchemaParts) => ({
  enroll: builder
    .objectRef<NonNullable<AppleEnrollmentToken['enroll']>>('AppleEnrollDetails')
    .implement({
      description: 'The enrollment profile that a device downloads with the token.',
      fields: (t) => ({
        serverExpirationDate: t.expose('serverExpirationDate', {
          type: 'DateTime',
          nullable: true,
          description: 'The time until which the server offers the profile.',
        }),
        mobileConfigSigned: t.exposeBoolean('mobileConfigSigned', {
          nullable: true,
          description: 'Whether the profile is signed.',
        }),
      }),
    }),
  configuration: builder
    .objectRef<NonNullable<AppleEnrollmentToken['configuration']>>('AppleEnrollmentConfiguration')
    .implement({
      description: 'Settings of the enrollment for the person who enrolls the device.',
      fields: (t) => ({
        skipPersonalInfo: t.exposeBoolean('skipPersonalInfo', {
          nullable: true,
          description: 'Whether the enrollment skips the step that asks for personal information.',
        }),
      }),
    }),
  vppLocation: builder
    .objectRef<NonNullable<AppleEnrollmentToken['vppLocation']>>('AppleVppLocation')
    .implement({
      description: 'The location that the licences of purchased applications come from.',
      fields: (t) => ({
        id: t.exposeID('id', { description: 'The id in the REST API.' }),
        name: t.exposeString('name', {
          nullable: true,
          description: 'The name that is shown to people.',
        }),
        countryCode: t.exposeString('countryCode', {
          nullable: true,
          description: 'The country of the store: two letters of ISO 3166.',
        }),
        defaultPlatform: t.exposeString('defaultPlatform', {
          nullable: true,
          description: 'The kind of application that is bought by default, e.g. `ios`.',
        }),
        locationName: t.exposeString('locationName', {
          nullable: true,
          description: "The name of the location in Apple's own programme.",
        }),
      }),
    }),
});

/** Adds the Apple types and mutations. */
export const defineTypes = (parts: SchemaParts): void => {
  const { builder, refs } = parts;
  const { enroll, configuration, vppLocation } = defineTokenParts(parts);
  const profile = defineProfile(parts);
  const application = defineApplication(parts);
  definePolicyType(parts, profile, application);
  const token = builder.objectRef<AppleEnrollmentToken>(appleTokenType);
  builder.node(token, {
    description: 'A token that enrolls one Apple device.',
    interfaces: [refs.token],
    ...platformEntity,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', enterpriseIdOptions('Apple')),
      enroll: t.field({
        type: enroll,
        nullable: true,
        description: 'The enrollment profile that the device downloads.',
        resolve: (token) => token.enroll,
      }),
      vppLocation: t.field({
        type: vppLocation,
        nullable: true,
        description: 'The location that the licences of the applications come from.',
        resolve: (token) => token.vppLocation,
      }),
      profiles: t.field({
        type: [profile],
        description: 'The configuration profiles that the device gets in addition to its policies.',
        resolve: (token) => token.profiles,
      }),
      applications: t.field({
        type: [application],
        description: 'The applications that the device gets in addition to its policies.',
        resolve: (token) => token.applications,
      }),
      configuration: t.field({
        type: configuration,
        nullable: true,
        description: 'Settings of the enrollment for the person who enrolls the device.',
        resolve: (token) => token.configuration,
      }),
    }),
  });
  defineMutations(parts, token);
};
