import type { SchemaParts } from '../../graphql/schema-parts.ts';
import type {
  AppleApplication,
  AppleApplicationScripts,
  AppleProfile,
  AppleProfileAssignment,
  AppleProfileCertificate,
} from './token.ts';

const defineCertificate = ({ builder }: SchemaParts) =>
  builder.objectRef<AppleProfileCertificate>('AppleProfileCertificate').implement({
    description: "The certificate's password never leaves the gateway.",
    fields: (t) => ({
      assetId: t.exposeID('assetId', {
        nullable: true,
        description: 'The file that holds it, in the REST API.',
      }),
      uuidFormat: t.exposeString('uuidFormat', {
        nullable: true,
        description: 'The placeholder that profiles name it by, as a UUID.',
      }),
      base64Format: t.exposeString('base64Format', {
        nullable: true,
        description: 'The placeholder that profiles embed it by.',
      }),
      location: t.exposeString('location', { nullable: true, description: 'Where it is kept.' }),
      allowAllAppsAccess: t.exposeBoolean('allowAllAppsAccess', {
        nullable: true,
        description: 'Whether every application may use its key.',
      }),
      keyIsExtractable: t.exposeBoolean('keyIsExtractable', {
        nullable: true,
        description: 'Whether its key may be taken out of the key chain.',
      }),
    }),
  });

/** Adds AppleProfile. */
export const defineProfile = (parts: SchemaParts) => {
  const { builder } = parts;
  const certificate = defineCertificate(parts);
  const assignment = builder.objectRef<AppleProfileAssignment>('AppleProfileAssignment').implement({
    description: 'A policy or device that a profile is assigned to.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The id in the REST API.' }),
      name: t.exposeString('name', { nullable: true, description: 'What people call it.' }),
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
        description: 'The policy that it belongs to, in the REST API.',
      }),
      parentProfileId: t.exposeID('parentProfileId', {
        nullable: true,
        description: 'The profile that it was made from, in the REST API.',
      }),
      name: t.exposeString('name', { nullable: true, description: 'What people call it.' }),
      type: t.exposeString('type', { nullable: true, description: 'Its kind, e.g. `attached`.' }),
      targetType: t.exposeString('targetType', {
        nullable: true,
        description: 'What it applies to, e.g. `device`.',
      }),
      uuid: t.exposeString('uuid', {
        nullable: true,
        description: 'What the device knows it by.',
      }),
      version: t.exposeInt('version', { nullable: true, description: 'Counts its changes.' }),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'Its settings, as the API says them.',
      }),
      certificates: t.field({
        type: [certificate],
        description: 'The certificates that it installs.',
        resolve: (profile) => profile.certificates,
      }),
      assignedPolicies: t.field({
        type: [assignment],
        description: 'The policies that include it.',
        resolve: (profile) => profile.assignedPolicies,
      }),
      assignedDevices: t.field({
        type: [assignment],
        description: 'The devices that have it.',
        resolve: (profile) => profile.assignedDevices,
      }),
      useCustomFileVaultCertificates: t.exposeBoolean('useCustomFileVaultCertificates', {
        nullable: true,
        description: "Whether disk encryption uses the organization's own certificates.",
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it last changed.',
      }),
    }),
  });
};

const defineScripts = ({ builder }: SchemaParts) =>
  builder.objectRef<AppleApplicationScripts>('AppleApplicationScripts').implement({
    description: 'Scripts that run around the installation of an application.',
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
        description: 'Tells whether the application is as it should be.',
      }),
      enforce: t.exposeString('enforce', {
        nullable: true,
        description: 'Puts right what the audit found.',
      }),
      runner: t.exposeString('runner', { nullable: true, description: 'What runs them.' }),
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
        description: 'Whether it is managed, and goes when the device leaves.',
      }),
      vpp: t.exposeBoolean('vpp', {
        nullable: true,
        description: 'Whether its licence is a purchased one.',
      }),
      iosApp: t.exposeBoolean('iosApp', {
        nullable: true,
        description: 'Whether it is an iOS application.',
      }),
      action: t.exposeString('action', {
        nullable: true,
        description: 'As the API says it: `forceInstall` is known.',
      }),
      actionStatus: t.exposeString('actionStatus', {
        nullable: true,
        description: 'As the API says it: `forceInstall` is known.',
      }),
      configuration: t.expose('configuration', {
        type: 'JSON',
        nullable: true,
        description: 'How it is configured.',
      }),
      updatePolicy: t.expose('updatePolicy', {
        type: 'JSON',
        nullable: true,
        description: 'How it is kept up to date.',
      }),
      scripts: t.field({
        type: scripts,
        nullable: true,
        description: 'Scripts that run around its installation.',
        resolve: (application) => application.scripts,
      }),
    }),
  });
};
