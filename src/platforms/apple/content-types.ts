import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { createdAtOptions, updatedAtOptions } from '../../graphql/types/timestamps.ts';
import type {
  AppleApplication,
  AppleApplicationScripts,
  AppleProfile,
  AppleProfileCertificate,
} from './wire.ts';

const defineCertificate = ({ builder }: SchemaParts) =>
  builder.objectRef<AppleProfileCertificate>('AppleProfileCertificate').implement({
    description:
      "A certificate of a configuration profile. The gateway never returns the certificate's password.",
    fields: (t) => ({
      assetId: t.exposeID('assetId', {
        nullable: true,
        description: 'The id of the certificate file in the REST API.',
      }),
      uuidFormat: t.exposeString('uuidFormat', {
        nullable: true,
        description: 'The placeholder by which a profile refers to the certificate, as a UUID.',
      }),
      base64Format: t.exposeString('base64Format', {
        nullable: true,
        description: 'The placeholder by which a profile embeds the certificate.',
      }),
      location: t.exposeString('location', {
        nullable: true,
        description: 'The place where the certificate is stored.',
      }),
      allowAllAppsAccess: t.exposeBoolean('allowAllAppsAccess', {
        nullable: true,
        description: 'Whether every application may use the private key.',
      }),
      keyIsExtractable: t.exposeBoolean('keyIsExtractable', {
        nullable: true,
        description: 'Whether the private key can be extracted from the keychain.',
      }),
    }),
  });

/** Adds AppleProfile. */
export const defineProfile = (parts: SchemaParts) => {
  const { builder } = parts;
  const certificate = defineCertificate(parts);
  const assignment = builder
    .objectRef<AppleProfile['assignedPolicies'][number]>('AppleProfileAssignment')
    .implement({
      description: 'A policy or device that a profile is assigned to.',
      fields: (t) => ({
        id: t.exposeID('id', { description: 'The id in the REST API.' }),
        name: t.exposeString('name', {
          nullable: true,
          description: 'The name that is shown to people.',
        }),
      }),
    });
  return builder.objectRef<AppleProfile>('AppleProfile').implement({
    description: 'A configuration profile.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The id in the REST API.' }),
      organizationId: t.exposeID('organizationId', {
        nullable: true,
        description: "The organization's 24-digit id.",
      }),
      enterpriseId: t.exposeID('enterpriseId', {
        nullable: true,
        description: "The organization's Apple enterprise in the REST API.",
      }),
      policySourceId: t.exposeID('policySourceId', {
        nullable: true,
        description: 'The id in the REST API of the policy that the profile belongs to.',
      }),
      parentProfileId: t.exposeID('parentProfileId', {
        nullable: true,
        description: 'The id in the REST API of the profile that this one was created from.',
      }),
      name: t.exposeString('name', {
        nullable: true,
        description: 'The name that is shown to people.',
      }),
      type: t.exposeString('type', {
        nullable: true,
        description: 'The kind of profile, e.g. `attached`.',
      }),
      targetType: t.exposeString('targetType', {
        nullable: true,
        description: 'The kind of target, e.g. `device`.',
      }),
      uuid: t.exposeString('uuid', {
        nullable: true,
        description: 'The identifier of the profile on the device.',
      }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'A number that counts the changes.',
      }),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'The settings, in the format of the REST API.',
      }),
      certificates: t.field({
        type: [certificate],
        description: 'The certificates that the profile installs.',
        resolve: (profile) => profile.certificates,
      }),
      assignedPolicies: t.field({
        type: [assignment],
        description: 'The policies that include the profile.',
        resolve: (profile) => profile.assignedPolicies,
      }),
      assignedDevices: t.field({
        type: [assignment],
        description: 'The devices that have the profile.',
        resolve: (profile) => profile.assignedDevices,
      }),
      useCustomFileVaultCertificates: t.exposeBoolean('useCustomFileVaultCertificates', {
        nullable: true,
        description: "Whether disk encryption uses the organization's own certificates.",
      }),
      createdAt: t.expose('createdAt', createdAtOptions),
      updatedAt: t.expose('updatedAt', updatedAtOptions),
    }),
  });
};

const defineScripts = ({ builder }: SchemaParts) =>
  builder.objectRef<AppleApplicationScripts>('AppleApplicationScripts').implement({
    description:
      'Scripts that run before or after the installation of an application, or check it.',
    fields: (t) => ({
      preInstall: t.exposeString('preInstall', {
        nullable: true,
        description: 'Runs before the installation.',
      }),
      postInstall: t.exposeString('postInstall', {
        nullable: true,
        description: 'Runs after the installation.',
      }),
      audit: t.exposeString('audit', {
        nullable: true,
        description: 'Checks whether the application is in the desired state.',
      }),
      enforce: t.exposeString('enforce', {
        nullable: true,
        description: 'Corrects the faults that the audit script found.',
      }),
      runner: t.exposeString('runner', {
        nullable: true,
        description: 'The program that runs the scripts.',
      }),
    }),
  });

/** Adds AppleApplication. */
export const defineApplication = (parts: SchemaParts) => {
  const scripts = defineScripts(parts);
  return parts.builder.objectRef<AppleApplication>('AppleApplication').implement({
    description: 'An application that a device gets.',
    fields: (t) => ({
      applicationId: t.exposeID('applicationId', { description: 'The id in the REST API.' }),
      managed: t.exposeBoolean('managed', {
        nullable: true,
        description:
          'Whether the application is managed: it is removed when the device is no longer enrolled.',
      }),
      vpp: t.exposeBoolean('vpp', {
        nullable: true,
        description: 'Whether the licence was purchased.',
      }),
      iosApp: t.exposeBoolean('iosApp', {
        nullable: true,
        description: 'Whether the application is for iOS.',
      }),
      action: t.exposeString('action', {
        nullable: true,
        description: 'The action for the application, e.g. `forceInstall`. New values can appear.',
      }),
      actionStatus: t.exposeString('actionStatus', {
        nullable: true,
        description: 'The state of the action, e.g. `forceInstall`. New values can appear.',
      }),
      configuration: t.expose('configuration', {
        type: 'JSON',
        nullable: true,
        description: 'The configuration of the application.',
      }),
      updatePolicy: t.expose('updatePolicy', {
        type: 'JSON',
        nullable: true,
        description: 'The settings for updates.',
      }),
      scripts: t.field({
        type: scripts,
        nullable: true,
        description: 'Scripts that run before or after the installation, or check it.',
        resolve: (application) => application.scripts,
      }),
    }),
  });
};
