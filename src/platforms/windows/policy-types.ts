import { definePolicyEntity } from '../../graphql/federation/federation.ts';
import { globalIdOf } from '../../graphql/global-id.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import type {
  WindowsAgentConfiguration,
  WindowsPolicy,
  WindowsPolicyAdmxConfig,
  WindowsPolicyApplication,
  WindowsPolicyAsset,
  WindowsPolicyScript,
} from './token.ts';

export const windowsPolicyType = 'WindowsPolicy';

const asTheApiSays = 'What else the API says of it, as it says it.';

const defineParts = ({ builder }: SchemaParts) => ({
  application: builder.objectRef<WindowsPolicyApplication>('WindowsPolicyApplication').implement({
    description: 'An application that the policy installs or offers.',
    fields: (t) => ({
      applicationId: t.exposeID('applicationId', { description: 'The id in the REST API.' }),
      action: t.exposeString('action', {
        nullable: true,
        description: 'As the API says it: `forceInstall` and `available` are known.',
      }),
      configuration: t.expose('configuration', {
        type: 'JSON',
        nullable: true,
        description: 'How it is configured.',
      }),
      info: t.expose('info', {
        type: 'JSON',
        nullable: true,
        description: 'What the API says of the application, as it says it.',
      }),
    }),
  }),
  script: builder.objectRef<WindowsPolicyScript>('WindowsPolicyScript').implement({
    description: 'A script that the policy runs on the device.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The id in the REST API.' }),
      type: t.exposeString('type', {
        nullable: true,
        description: 'As the API says it: `once`, `loop` and `onDemand` are known.',
      }),
      name: t.exposeString('name', { nullable: true, description: 'What people call it.' }),
      description: t.exposeString('description', {
        nullable: true,
        description: 'What it is for.',
      }),
      runner: t.exposeString('runner', { nullable: true, description: 'What runs it.' }),
      arguments: t.exposeString('arguments', {
        nullable: true,
        description: 'Its arguments, placeholders and all.',
      }),
      argumentsProcessed: t.exposeString('argumentsProcessed', {
        nullable: true,
        description: 'Its arguments with the placeholders filled in.',
      }),
      loopTime: t.exposeInt('loopTime', {
        nullable: true,
        description: 'How often a looping script runs, in the unit of the API.',
      }),
      resetDate: t.expose('resetDate', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was last set back to not run.',
      }),
      info: t.expose('info', { type: 'JSON', nullable: true, description: asTheApiSays }),
    }),
  }),
  admxConfig: builder.objectRef<WindowsPolicyAdmxConfig>('WindowsPolicyAdmxConfig').implement({
    description: 'An administrative template that the policy ingests.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The id in the REST API.' }),
      appName: t.exposeString('appName', {
        nullable: true,
        description: 'The application that the template is for.',
      }),
      settingType: t.exposeString('settingType', {
        nullable: true,
        description: 'Policy or preference, as the API says it.',
      }),
      fileName: t.exposeString('fileName', {
        nullable: true,
        description: 'The file that it came in.',
      }),
      description: t.exposeString('description', {
        nullable: true,
        description: 'What it is for.',
      }),
    }),
  }),
  asset: builder.objectRef<WindowsPolicyAsset>('WindowsPolicyAsset').implement({
    description: 'A file that the policy puts on the device.',
    fields: (t) => ({
      assetId: t.exposeID('assetId', { description: 'The id in the REST API.' }),
      location: t.exposeString('location', { nullable: true, description: 'Where it is put.' }),
      name: t.exposeString('name', { nullable: true, description: 'What people call it.' }),
      scope: t.exposeString('scope', {
        nullable: true,
        description: 'As the API says it: `user`, `system` and `all-users` are known.',
      }),
      info: t.expose('info', { type: 'JSON', nullable: true, description: asTheApiSays }),
    }),
  }),
  agentConfiguration: builder
    .objectRef<WindowsAgentConfiguration>('WindowsAgentConfiguration')
    .implement({
      description: "What the management agent does beside the platform's own management.",
      fields: (t) => ({
        enabled: t.exposeBoolean('enabled', {
          nullable: true,
          description: 'Whether the agent is installed.',
        }),
        buildTag: t.exposeString('buildTag', {
          nullable: true,
          description: 'Which build of the agent.',
        }),
        allowLocation: t.exposeBoolean('allowLocation', {
          nullable: true,
          description: 'Whether it may report where the device is.',
        }),
        allowNetworkStatus: t.exposeBoolean('allowNetworkStatus', {
          nullable: true,
          description: 'Whether it may report the state of the network.',
        }),
        allowPackageTime: t.exposeBoolean('allowPackageTime', {
          nullable: true,
          description: 'Whether it may report how long applications are used.',
        }),
        allowPackageTransfer: t.exposeBoolean('allowPackageTransfer', {
          nullable: true,
          description: 'Whether it may report how much applications transfer.',
        }),
      }),
    }),
});

/** Adds WindowsPolicy and the types of its fields. */
export const definePolicyTypes = (parts: SchemaParts): void => {
  const { builder, refs } = parts;
  const { application, script, admxConfig, asset, agentConfiguration } = defineParts(parts);
  const policy = builder.objectRef<WindowsPolicy>(windowsPolicyType);
  definePolicyEntity(parts, policy);
  builder.node(policy, {
    description: 'A policy for Windows devices.',
    interfaces: [refs.policy],
    id: globalIdOf,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', {
        nullable: true,
        description: "The organization's Windows enterprise in the REST API.",
      }),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'Its settings, as the API says them.',
      }),
      applications: t.field({
        type: [application],
        description: 'The applications that it installs or offers.',
        resolve: (policy) => policy.applications,
      }),
      scripts: t.field({
        type: [script],
        description: 'The scripts that it runs.',
        resolve: (policy) => policy.scripts,
      }),
      admxConfigs: t.field({
        type: [admxConfig],
        description: 'The administrative templates that it ingests.',
        resolve: (policy) => policy.admxConfigs,
      }),
      assets: t.field({
        type: [asset],
        description: 'The files that it puts on the device.',
        resolve: (policy) => policy.assets,
      }),
      agentConfiguration: t.field({
        type: agentConfiguration,
        nullable: true,
        description: 'What the management agent does.',
        resolve: (policy) => policy.agentConfiguration,
      }),
    }),
  });
};
