// A TypeScript project whose open file imports a name that a closed file does not have.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWindow } from '../vscode/window.js';
import { eventually, FOLDER, type VsCode } from './person.js';

/** The language server is installed on first use. */
const DIAGNOSTICS_MILLISECONDS = 240_000;
/** The code of TypeScript's message *has no exported member named 'totl'. Did you mean 'total'?* */
const NO_SUCH_NAME = 2724;

/** Opens the file, and waits for the diagnostic: it needs the files of the workspace. */
export async function seesTheWrongName(person: VsCode, folder: string): Promise<void> {
  mkdirSync(join(FOLDER, folder));
  writeFileSync(join(FOLDER, folder, 'shop.ts'), 'export const total = 1;\n');
  writeFileSync(join(FOLDER, folder, 'main.ts'), "import { totl } from './shop.js';\nconsole.log(totl);\n");
  const { uri } = await person.show(`${folder}/main.ts`);
  const codes = () => (testWindow.diagnostics.get(uri.toString()) ?? []).map(({ code }) => code);
  await eventually(`TypeScript finds the wrong name in ${uri}`, () => codes().includes(NO_SUCH_NAME), DIAGNOSTICS_MILLISECONDS);
}
