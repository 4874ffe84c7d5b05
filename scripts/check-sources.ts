import process from 'node:process';
import { ESLint } from 'eslint';
import ts from 'typescript';

/**
 * The compiler's findings and the linter's, from one program of all sources: each by itself reads and checks every
 * type, which is most of its time.
 */
const host: ts.ParseConfigFileHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  },
};

const config = ts.getParsedCommandLineOfConfigFile('tsconfig.json', { incremental: false }, host);
if (config === undefined) throw new Error('tsconfig.json cannot be read.');
// What only incremental builds may name.
const { tsBuildInfoFile: _, ...options } = config.options;
const program = ts.createProgram({ rootNames: config.fileNames, options });

const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
process.stdout.write(
  ts.formatDiagnosticsWithColorAndContext(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  }),
);

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const results = await eslint.lintFiles(['.']);
process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));

const faults = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
if (diagnostics.length > 0 || faults) process.exitCode = 1;
