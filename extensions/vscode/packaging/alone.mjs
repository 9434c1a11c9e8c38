// A language server alone, on a copy of a project: what an editor shows through Q-IDE is compared with its answers.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CLIENTS } from '../../../ops/parity/client.mjs';
import { StdioEndpoint } from '../../../ops/parity/endpoints.mjs';
import { declarationOf, filled, installOf } from '../../../ops/parity/server.mjs';

/** Starts the language server of a language in a folder, with the settings that Q-IDE gives it. Q-IDE has installed it. */
export async function startAlone(language, folder) {
  const declaration = declarationOf(language);
  const install = installOf(declaration);
  if (!install) throw new Error(`Q-IDE has not installed the language server of ${language} yet`);
  const places = { install, node: process.execPath, workspace: folder, pythonEnvironment: join(folder, '.venv/bin/python') };
  const endpoint = new StdioEndpoint(filled(declaration.command, places), folder, filled(declaration.configuration ?? {}, places));
  await endpoint.initialize({
    rootUri: pathToFileURL(folder).href,
    capabilities: CLIENTS.full,
    initializationOptions: filled(declaration.initializationOptions ?? {}, places),
  });
  endpoint.beginPulls();
  return endpoint;
}

/** The result of a request, which must not have failed. */
export function result({ value, error }) {
  if (error) throw new Error(error.message);
  return value;
}

/** Every file below a folder of a project, by its path in the project. */
export function sources(root, folder = 'src') {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'));
  return new Map(files.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(root, path), readFileSync(path, 'utf8')]));
}

/** The paths whose content differs. */
export const different = (one, other) => [...new Set([...one.keys(), ...other.keys()])].filter((path) => one.get(path) !== other.get(path)).sort();

const offset = (text, { line, character }) => text.split('\n').slice(0, line).reduce((sum, each) => sum + each.length + 1, character);

/** Makes a workspace edit on the disk. */
export function apply(edit) {
  const files = edit.documentChanges?.map((change) => [change.textDocument.uri, change.edits]) ?? Object.entries(edit.changes);
  for (const [uri, edits] of files) {
    const path = fileURLToPath(uri);
    let text = readFileSync(path, 'utf8');
    const last = (one, other) => other.range.start.line - one.range.start.line || other.range.start.character - one.range.start.character;
    for (const { range, newText } of [...edits].sort(last)) text = text.slice(0, offset(text, range.start)) + newText + text.slice(offset(text, range.end));
    writeFileSync(path, text);
  }
}
