import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { enterpriseIdOptions, platformEntity } from '../../graphql/types/platform-types.ts';
import type { WindowsPolicy } from './wire.ts';

export const windowsPolicyType = 'WindowsPolicy';

const otherInfo = 'Other data of the REST API, in its own format.';

const defineParts = ({ builder }: SchemaParts) => ({
  application: builder
    .objectRef<WindowsPolicy['applications'][number]>('WindowsPolicyApplication')
    .implement({
      description: 'An application that the policy installs or offers.',
      fields: (t) => ({
        applicationId: t.exposeID('applicationId', { description: 'The id in the REST API.' }),
        action: t.exposeString('action', {
          nullable: true,
          description:
            'The action for the application, e.g. `forceInstall` or `available`. New values can appear.',
        }),
        configuration: t.expose('configuration', {
          type: 'JSON',
          nullable: true,
          description: 'The configuration of the application.',
        }),
        info: t.expose('info', {
          type: 'JSON',
          nullable: true,
          description: 'Data about the application, in the format of the REST API.',
        }),
      }),
    }),
  script: builder.objectRef<WindowsPolicy['scripts'][number]>('WindowsPolicyScript').implement({
    description: 'A script that the policy runs on the device.',
    fields: (t) => ({
      scriptId: t.exposeID('scriptId', {
        description:
          "The script's id in the REST API. Another policy can run the same script with other arguments.",
      }),
      type: t.exposeString('type', {
        nullable: true,
        description:
          'The kind of script, e.g. `once`, `loop` or `onDemand`. New values can appear.',
      }),
      name: t.exposeString('name', {
        nullable: true,
        description: 'The name that is shown to people.',
      }),
      description: t.exposeString('description', {
        nullable: true,
        description: 'The purpose of the script.',
      }),
      runner: t.exposeString('runner', {
        nullable: true,
        description: 'The program that runs the script.',
      }),
      arguments: t.exposeString('arguments', {
        nullable: true,
        description: 'The arguments with placeholders.',
      }),
      argumentsProcessed: t.exposeString('argumentsProcessed', {
        nullable: true,
        description: 'The arguments with the placeholders filled in.',
      }),
      loopTime: t.exposeInt('loopTime', {
        nullable: true,
        description: 'The interval of a script of type `loop`, in the unit of the REST API.',
      }),
      resetDate: t.expose('resetDate', {
        type: 'DateTime',
        nullable: true,
        description: 'The time when the script was last reset to not run.',
      }),
      info: t.expose('info', { type: 'JSON', nullable: true, description: otherInfo }),
    }),
  }),
  admxConfig: builder
    .objectRef<WindowsPolicy['admxConfigs'][number]>('WindowsPolicyAdmxConfig')
    .implement({
      description: 'An administrative template (ADMX) that the policy uses.',
      fields: (t) => ({
        admxConfigId: t.exposeID('admxConfigId', {
          description:
            "The template's id in the REST API. Another policy can use the same template.",
        }),
        appName: t.exposeString('appName', {
          nullable: true,
          description: 'The application that the template is for.',
        }),
        settingType: t.exposeString('settingType', {
          nullable: true,
          description: 'The kind of setting in the REST API: policy or preference.',
        }),
        fileName: t.exposeString('fileName', {
          nullable: true,
          description: 'The name of the template file.',
        }),
        description: t.exposeString('description', {
          nullable: true,
          description: 'The purpose of the template.',
        }),
      }),
    }),
  asset: builder.objectRef<WindowsPolicy['assets'][number]>('WindowsPolicyAsset').implement({
    description: 'A file that the policy puts on the device.',
    fields: (t) => ({
      assetId: t.exposeID('assetId', { description: 'The id in the REST API.' }),
      location: t.exposeString('location', {
        nullable: true,
        description: 'The place of the file on the device.',
      }),
      name: t.exposeString('name', {
        nullable: true,
        description: 'The name that is shown to people.',
      }),
      scope: t.exposeString('scope', {
        nullable: true,
        description:
          'The scope of the file, e.g. `user`, `system` or `all-users`. New values can appear.',
      }),
      info: t.expose('info', { type: 'JSON', nullable: true, description: otherInfo }),
    }),
  }),
  agentConfiguration: builder
    .objectRef<NonNullable<WindowsPolicy['agentConfiguration']>>('WindowsAgentConfiguration')
    .implement({
      description:
        "The settings of the management agent, which adds to the platform's own management.",
      fields: (t) => ({
        enabled: t.exposeBoolean('enabled', {
          nullable: true,
          description: 'Whether the agent is installed.',
        }),
        buildTag: t.exposeString('buildTag', {
          nullable: true,
          description: 'The build of the agent.',
        }),
        allowLocation: t.exposeBoolean('allowLocation', {
          nullable: true,
          description: 'Whether the agent may report the location of the device.',
        }),
        allowNetworkStatus: t.exposeBoolean('allowNetworkStatus', {
          nullable: true,
          description: 'Whether the agent may report the state of the network.',
        }),
        allowPackageTime: t.exposeBoolean('allowPackageTime', {
          nullable: true,
          description: 'Whether the agent may report how long applications are used.',
        }),
        allowPackageTransfer: t.exposeBoolean('allowPackageTransfer', {
          nullable: true,
          description: 'Whether the agent may report how much data applications transfer.',
        }),
      }),
    }),
});

/** Adds WindowsPolicy and the types of its fields. */
export const definePolicyTypes = (parts: SchemaParts): void => {
  const { builder, refs } = parts;
  const { application, script, admxConfig, asset, agentConfiguration } = defineParts(parts);
  const policy = builder.objectRef<WindowsPolicy>(windowsPolicyType);
  builder.node(policy, {
    description: 'A policy for Windows devices.',
    interfaces: [refs.policy],
    ...platformEntity,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', enterpriseIdOptions('Windows')),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'The settings, in the format of the REST API.',
      }),
      applications: t.field({
        type: [application],
        description: 'The applications that the policy installs or offers.',
        resolve: (policy) => policy.applications,
      }),
      scripts: t.field({
        type: [script],
        description: 'The scripts that the policy runs.',
        resolve: (policy) => policy.scripts,
      }),
      admxConfigs: t.field({
        type: [admxConfig],
        description: 'The administrative templates (ADMX) that the policy uses.',
        resolve: (policy) => policy.admxConfigs,
      }),
      assets: t.field({
        type: [asset],
        description: 'The files that the policy puts on the device.',
        resolve: (policy) => policy.assets,
      }),
      agentConfiguration: t.field({
        type: agentConfiguration,
        nullable: true,
        description: 'The settings of the management agent.',
        resolve: (policy) => policy.agentConfiguration,
      }),
    }),
  });
};
