import {
  css,
  editorWorkerService,
  favicon,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql';

/** JSON inside a script: `</script>` in a text must not end it. */
const asScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

/**
 * GraphiQL 5 applies the transforms of its drag and drop to the tab that gets the focus. The tab moves away under the
 * pointer, and the click is lost. Without transforms, tabs cannot be dragged.
 */
const tabStyle = '.graphiql-tab { transform: none !important; }';

/** The title beside the tabs stays on one line, also if the tabs fill the rest. */
const titleStyle = '.graphiql-logo { white-space: nowrap; }';

/**
 * GraphiQL puts all parts side by side, whatever the width. On a phone they are below each other: the buttons of the
 * panels, an open panel, the tabs, the editors, the response. The sizes of the drag bars stay, as shares of the height.
 */
const phoneStyle = `@media (max-width: 700px) {
  .graphiql-container { flex-direction: column; height: max(100vh, 640px); height: max(100dvh, 640px); position: relative; overflow: hidden; }
  .graphiql-container .graphiql-sidebar { flex-direction: row; width: 100%; padding-bottom: 0; flex-shrink: 0; overflow: auto hidden; }
  .graphiql-container .graphiql-main { flex-direction: column; min-height: 0; }
  .graphiql-container .graphiql-plugin { flex: 1 !important; min-height: 0; border-left: 0; }
  .graphiql-container .graphiql-sessions { flex: 2 !important; min-height: 0; margin: 0 8px 8px; }
  .graphiql-container .graphiql-tabs { flex: 1; }
  .graphiql-container .graphiql-logo, .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
  .graphiql-container #graphiql-session { flex-direction: column; min-height: 0; }
  .graphiql-container .graphiql-editors { min-height: 0; }
  .graphiql-container .graphiql-query-editor { column-gap: 8px; padding: 8px; min-height: 0; }
  .graphiql-container .graphiql-toolbar { flex-shrink: 0; overflow-y: auto; }
  .graphiql-container .graphiql-editor-tool { padding: 0 8px 8px; }
  .graphiql-container .graphiql-response { min-height: 0; }
}`;

/**
 * GraphiQL derives a JSON schema of the variables from the operation, in which every non-null field is required, also a
 * field that has a default. The editor would mark an input without that field, so such fields are made optional.
 */
const allowDefaults = `(json, schemaOf) => {
        const setOptions = json.setDiagnosticsOptions.bind(json);
        const isOptional = (type, name) => schemaOf()?.getType(type)?.getFields()[name]?.default !== undefined;
        json.setDiagnosticsOptions = (options) => {
          for (const { schema } of options.schemas ?? []) {
            for (const [type, definition] of Object.entries(schema.definitions ?? {})) {
              definition.required = definition.required.filter((name) => !isOptional(type, name));
            }
          }
          setOptions(options);
        };
      }`;

/** Where GraphiQL stores the history, with the headers of each operation. */
const historyKeys = ['graphiql:queries', 'graphiql:favorites'];

/**
 * GraphiQL's page. The package has one of its own, but that has no viewport, and it lists one plugin, which turns the
 * history off. Its options are JSON, in which plugins cannot be named. Without a list GraphiQL has the history.
 */
export const renderPage = (options) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${options.title}</title>
    <link rel="icon" href="${favicon}" />
    <style>${css}</style>
    <style>${tabStyle}\n${titleStyle}\n${phoneStyle}</style>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script>${js}</script>
    <script>
      const toUrl = (text) => URL.createObjectURL(new Blob([text], { type: 'application/javascript' }));
      const workers = {
        editorWorkerService: toUrl(${asScript(editorWorkerService)}),
        json: toUrl(${asScript(jsonWorker)}),
        graphql: toUrl(${asScript(graphqlWorker)}),
      };
      self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
      let graphqlSchema;
      let monaco;
      // GraphiQL sets it when its editors have loaded.
      Object.defineProperty(self, '__MONACO', {
        get: () => monaco,
        set: (loaded) => {
          monaco = loaded;
          (${allowDefaults})(monaco.languages.json.jsonDefaults, () => graphqlSchema);
        },
      });
      const options = ${asScript(options)};
      const withoutHeaders = (history) =>
        JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
      const keyless = {
        getItem: (key) => localStorage.getItem(key),
        setItem: (key, text) =>
          localStorage.setItem(key, ${asScript(historyKeys)}.includes(key) ? withoutHeaders(text) : text),
        removeItem: (key) => localStorage.removeItem(key),
        clear: () => localStorage.clear(),
        get length() { return localStorage.length; },
      };
      YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
        ...options,
        plugins: undefined,
        onSchemaChange: (schema) => { graphqlSchema = schema; },
        ...(!options.shouldPersistHeaders && { storage: keyless }),
      });
    </script>
  </body>
</html>
`;
