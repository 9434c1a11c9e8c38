// The page of the session: an unmodified monaco-languageclient (with vscode-languageclient 9) that edits the project `shop`. What VS Code's
// commands return went through the client. `window.session` is { url, token, root, files: { name: text } }.
import getBulkEditServiceOverride from '@codingame/monaco-vscode-bulk-edit-service-override';
import * as monaco from '@codingame/monaco-vscode-editor-api';
import { RegisteredFileSystemProvider, RegisteredMemoryFile, registerFileSystemOverlay } from '@codingame/monaco-vscode-files-service-override';
import { LanguageClientWrapper } from 'monaco-languageclient/lcwrapper';
import { MonacoVscodeApiWrapper } from 'monaco-languageclient/vscodeApiWrapper';
import * as vscode from 'vscode';

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const { url, token, root, files } = window.session;
const uriOf = (name) => vscode.Uri.parse(`${root}/${name}`);

function check(isSo, what, shown) {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(shown)}`);
}

async function until(what, condition) {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function connected() {
  const provider = new RegisteredFileSystemProvider(false);
  for (const [name, text] of Object.entries(files)) provider.registerFile(new RegisteredMemoryFile(uriOf(name), text));
  registerFileSystemOverlay(1, provider);
  await new MonacoVscodeApiWrapper({
    $type: 'classic',
    viewsConfig: { $type: 'EditorService' },
    serviceOverrides: getBulkEditServiceOverride(),
    workspaceConfig: { workspaceProvider: { trusted: true, workspace: { folderUri: vscode.Uri.parse(root) }, open: async () => false } },
  }).start();
  monaco.languages.register({ id: 'typescript', extensions: ['.ts'] });
  const client = new LanguageClientWrapper({
    languageId: 'typescript',
    connection: { options: { $type: 'WebSocketDirect', webSocket: new WebSocket(url, ['qide', `qide.bearer.${token}`]) } },
    clientOptions: { documentSelector: [{ language: 'typescript' }], workspaceFolder: { index: 0, name: 'shop', uri: vscode.Uri.parse(root) } },
  });
  await client.start();
  return client;
}

async function session() {
  const client = await connected();
  const shop = await vscode.workspace.openTextDocument(uriOf('shop.ts'));
  const at = (words, further = 0) => shop.positionAt(shop.getText().indexOf(words) + further);
  const ask = (command, position, ...more) => vscode.commands.executeCommand(command, shop.uri, position, ...more);
  const mistakes = () => vscode.languages.getDiagnostics(shop.uri).filter(({ message }) => message.includes('amuont'));

  const [mistake] = await until('the mistake is marked', () => (mistakes().length > 0 ? mistakes() : null));
  check(shop.getText(mistake.range) === 'amuont', 'the marked text', shop.getText(mistake.range));

  const hover = await ask('vscode.executeHoverProvider', at('total([', 1));
  const explained = hover.flatMap(({ contents }) => contents.map(({ value }) => value)).join('\n');
  check(explained.includes('Adds the amounts'), 'hover', explained);

  const [definition] = await ask('vscode.executeDefinitionProvider', at('total([', 1));
  const { uri, range } = { uri: definition?.targetUri ?? definition?.uri, range: definition?.targetSelectionRange ?? definition?.range };
  check(uri?.path.endsWith('prices.ts') && range.start.line === 6, 'definition', definition);

  const signature = await ask('vscode.executeSignatureHelpProvider', at('total([', 6), '(');
  check(signature?.signatures[0].label.includes('total(prices'), 'signature help', signature);

  const symbols = await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', shop.uri);
  check(['half', 'lamp', 'sum', 'untidy'].every((name) => symbols.some((symbol) => symbol.name === name)), 'symbols', symbols);

  const addition = new vscode.WorkspaceEdit();
  addition.insert(shop.uri, shop.positionAt(shop.getText().length), 'lamp.cur');
  check(await vscode.workspace.applyEdit(addition), 'typing', shop.getText());
  const end = shop.positionAt(shop.getText().length);
  const { items } = await ask('vscode.executeCompletionItemProvider', end, undefined, 100);
  const currency = items.find(({ label }) => (label.label ?? label) === 'currency');
  check(currency, 'completion', items.map(({ label }) => label));
  const accepted = new vscode.WorkspaceEdit();
  const { range: replaced, insertText: inserted } = currency;
  accepted.replace(shop.uri, replaced.replacing ?? replaced, inserted.value ?? inserted);
  await vscode.workspace.applyEdit(accepted);
  check(shop.getText().endsWith('lamp.currency'), 'accepted completion', shop.getText());

  const renaming = await ask('vscode.executeDocumentRenameProvider', at("currency: 'EUR'", 1), 'unit');
  check(await vscode.workspace.applyEdit(renaming), 'rename', renaming.entries());
  check(shop.getText().endsWith('lamp.unit'), 'the symbol is renamed here', shop.getText());
  const prices = await vscode.workspace.openTextDocument(uriOf('prices.ts'));
  check(prices.getText().includes('unit: string'), 'the symbol is renamed in the file that nobody had open', prices.getText());

  const fix = await until('the quick fix is offered', async () => {
    const [found] = mistakes();
    const actions = found ? await ask('vscode.executeCodeActionProvider', found.range, vscode.CodeActionKind.QuickFix.value, 10) : [];
    return actions.find(({ title }) => title.includes("spelling to 'amount'"));
  });
  if (fix.edit) await vscode.workspace.applyEdit(fix.edit);
  if (fix.command) await vscode.commands.executeCommand(fix.command.command, ...fix.command.arguments);
  await until('the quick fix is applied', () => shop.getText().includes('lamp.amount / 2'));
  await until('the mark goes', () => mistakes().length === 0);

  const edits = await vscode.commands.executeCommand('vscode.executeFormatDocumentProvider', shop.uri, { tabSize: 2, insertSpaces: true });
  const tidied = new vscode.WorkspaceEdit();
  tidied.set(shop.uri, edits);
  await vscode.workspace.applyEdit(tidied);
  check(shop.getText().includes('export const untidy = 1;'), 'formatting', shop.getText());

  await client.dispose();
}

window.result = session().then(
  () => 'a stock client edited a project',
  (failure) => `${failure.stack ?? failure}`,
);
