// An unmodified vscode-languageclient in Node, which starts `qide lsp` and edits the project `shop`:
// `node session.mjs DIRECTORY PROGRAM ARGUMENT…`. Ends with code 0 and one line, or with a sentence.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { TextDocument } from 'vscode-languageserver-textdocument';

const require = createRequire(import.meta.url);
const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

const [directory, command, ...args] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const root = vscode.Uri.file(directory);
const token = new vscode.CancellationTokenSource().token;

function check(isSo, what, shown) {
  if (isSo) return;
  console.error(`vscode-languageclient: ${what}: ${JSON.stringify(shown)}`);
  process.exit(1);
}

/** A document as the editor has it. */
class Document {
  constructor(name, languageId = 'typescript') {
    this.uri = vscode.Uri.joinPath?.(root, name) ?? vscode.Uri.parse(`${root}/${name}`);
    this.fileName = this.uri.fsPath;
    this.languageId = languageId;
    this.version = 1;
    this.isClosed = true;
    this.text = TextDocument.create(this.uri.toString(), this.languageId, 1, readFileSync(this.fileName, 'utf8'));
  }
  get lineCount() {
    return this.text.lineCount;
  }
  getText(range) {
    return this.text.getText(range);
  }
  offsetAt(position) {
    return this.text.offsetAt(position);
  }
  positionAt(offset) {
    const { line, character } = this.text.positionAt(offset);
    return new vscode.Position(line, character);
  }

  /** The position of words, or some characters after it. */
  at(words, further = 0) {
    const offset = this.getText().indexOf(words);
    check(offset >= 0, 'no such words', words);
    return this.positionAt(offset + further);
  }

  open() {
    this.isClosed = false;
    vscode.workspace.textDocuments.push(this);
    vscode.window.visibleTextEditors.push({ document: this });
    vscode.fire('onDidChangeVisibleTextEditors', vscode.window.visibleTextEditors);
    vscode.fire('onDidOpenTextDocument', this);
  }

  apply(edits) {
    const last = edits.toSorted((one, other) => this.offsetAt(other.range.start) - this.offsetAt(one.range.start));
    const contentChanges = last.map(({ range, newText }) => ({
      range: new vscode.Range(range.start, range.end),
      rangeOffset: this.offsetAt(range.start),
      rangeLength: this.offsetAt(range.end) - this.offsetAt(range.start),
      text: newText,
    }));
    this.version += 1;
    this.text = TextDocument.create(this.uri.toString(), this.languageId, this.version, TextDocument.applyEdits(this.text, edits));
    if (!this.isClosed) vscode.fire('onDidChangeTextDocument', { document: this, contentChanges });
  }
}

const shop = new Document('shop.ts');
const prices = new Document('prices.ts');

function applyAll(edit) {
  for (const [uri, edits] of edit.entries()) {
    const document = [shop, prices].find((one) => one.uri.toString() === uri.toString());
    check(document, 'an edit of another file', uri);
    // VS Code opens what it edits.
    if (document.isClosed) document.open();
    document.apply(edits);
  }
  return true;
}
vscode.workspace.applyEdit = async (edit) => applyAll(edit);

/** Resolves to the first value of a condition that is true. */
async function eventually(what, condition) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(LOOK_AGAIN_MS)) {
    const value = condition();
    if (value) return value;
  }
  check(false, `not within ${PATIENCE_MS} ms: ${what}`, [...vscode.diagnostics]);
}

/** What the one provider of a kind that is registered for the document answers to a method; null when it answers nothing. */
async function ask(kind, method, ...params) {
  const isFor = ({ selector, provider }) => provider[method] && vscode.languages.match(selector, shop) > 0;
  const providers = () => [...(vscode.providers.get(`register${kind}Provider`) ?? [])].filter(isFor);
  await eventually(`${kind} is registered`, () => providers().length > 0);
  check(providers().length === 1, `${kind} is registered more than once`, providers());
  return providers()[0].provider[method](...params, token);
}

const messages = (document, words) => vscode.diagnostics.get(document.uri.toString()).filter(({ message }) => message.includes(words));
const mistakes = () => messages(shop, 'amuont');

/** Chooses an action: resolves it where it has no edit yet, applies its edit, runs its command. */
async function choose(title, range, context) {
  const actions = (await ask('CodeActions', 'provideCodeActions', shop, range, context)) ?? [];
  let action = actions.find((one) => one.title.includes(title));
  check(action, title, actions);
  if (!action.edit && !action.command) action = await ask('CodeActions', 'resolveCodeAction', action);
  if (action.edit) applyAll(action.edit);
  if (action.command) {
    const [run] = vscode.providers.get(`command ${action.command.command}`) ?? [];
    check(run, 'a command that is not registered', action.command);
    await run.provider(...(action.command.arguments ?? []));
  }
}

vscode.workspace.workspaceFolders = [{ uri: root, name: 'shop', index: 0 }];
shop.open();
const client = new LanguageClient('qide', 'Q-IDE', { command, args }, { documentSelector: [{ scheme: 'file', language: 'typescript' }, { scheme: 'file', language: 'json' }] });
await client.start();
await eventually('the mistake is marked', () => mistakes().length === 1);

// The JSON server pushes nothing: the client pulls.
writeFileSync(`${directory}/stock.json`, '{ "rolls": 1 1 }\n');
const stock = new Document('stock.json', 'json');
stock.open();
await eventually('the mistake in JSON is marked', () => messages(stock, 'Expected comma').length === 1);
stock.apply([{ range: new vscode.Range(stock.at(' 1 }'), stock.at(' }')), newText: '' }]);
await eventually('the mistake in JSON is gone', () => vscode.diagnostics.get(stock.uri.toString()).length === 0);
check(mistakes().length === 1, 'the mistake is still marked', [...vscode.diagnostics]);

const hover = await ask('Hover', 'provideHover', shop, shop.at('total([', 1));
check(JSON.stringify(hover).includes('Adds the amounts'), 'hover', hover);

const [definition] = await ask('Definition', 'provideDefinition', shop, shop.at('total([', 1));
check(`${definition?.targetUri ?? definition?.uri}` === `${prices.uri}`, 'definition', definition);

const references = await ask('Reference', 'provideReferences', shop, shop.at('total([', 1), { includeDeclaration: true });
check(new Set(references.map(({ uri }) => uri.toString())).size === 2 && references.length === 3, 'references', references);

shop.apply([{ range: new vscode.Range(shop.positionAt(1e9), shop.positionAt(1e9)), newText: 'Math.max(1);\nlamp.cur' }]);
const [library] = await ask('Definition', 'provideDefinition', shop, shop.at('max(1)', 1));
const place = library?.targetUri ?? library?.uri;
check(place, 'definition in a library', library);
const [content] = place.scheme === 'file' ? [readFileSync(place.fsPath, 'utf8')] : await Promise.all([...vscode.providers.get(`content of ${place.scheme}`)].map(({ provider }) => provider.provideTextDocumentContent(place, token)));
const lines = content.split('\n');
check(lines[(library.targetSelectionRange ?? library.range).start.line].includes('max('), 'the text of the library', place);

const list = await ask('CompletionItem', 'provideCompletionItems', shop, shop.at('lamp.cur', 8), token, { triggerKind: 0 });
const items = list?.items ?? list ?? [];
const item = items.find(({ label }) => (label.label ?? label) === 'currency');
check(item, 'completion', items);
const resolved = await ask('CompletionItem', 'resolveCompletionItem', item);
check(JSON.stringify(resolved).includes('Price.currency'), 'resolved completion', resolved);
shop.apply([{ range: new vscode.Range(shop.at('lamp.cur', 5), shop.positionAt(1e9)), newText: `${item.insertText?.value ?? item.insertText ?? item.label};\n` }]);
check(shop.getText().endsWith('lamp.currency;\n'), 'accepted completion', shop.getText());

const signatures = await ask('SignatureHelp', 'provideSignatureHelp', shop, shop.at('total([', 6), token, { triggerKind: 1, isRetrigger: false });
check(signatures?.signatures[0].label.startsWith('total('), 'signature help', signatures);

const renaming = await ask('Rename', 'provideRenameEdits', shop, shop.at("currency: 'EUR'", 1), 'unit');
applyAll(renaming);
check(shop.getText().includes('lamp.unit;'), 'rename', shop.getText());
check(prices.getText().includes('unit: string'), 'rename in a file that is not open', prices.getText());

const [moved] = await vscode.fireAndWait('onWillRenameFiles', { files: [{ oldUri: prices.uri, newUri: vscode.Uri.parse(`${root}/lib/prices.ts`) }] });
check(moved?.entries().some(([uri, edits]) => `${uri}` === `${shop.uri}` && edits[0].newText.includes('lib/prices')), 'imports of a file that is moved', moved?.entries());

const [mistake] = await eventually('the mistake is marked where it is now', () => mistakes().length === 1 && mistakes());
await choose("spelling to 'amount'", mistake.range, { diagnostics: [mistake], only: vscode.CodeActionKind.QuickFix, triggerKind: 1 });
check(shop.getText().includes('lamp.amount / 2'), 'applied quick fix', shop.getText());
await eventually('the mark goes', () => mistakes().length === 0);

shop.apply([{ range: new vscode.Range(0, 0, 0, 0), newText: "import type { Price as Unused } from './prices';\n" }]);
const only = vscode.CodeActionKind.Source.append('removeUnusedImports');
await choose('Remove Unused Imports', new vscode.Range(0, 0, 0, 0), { diagnostics: [], only, triggerKind: 1 });
check(!shop.getText().includes('Unused') && shop.getText().includes('import { Price, total }'), 'unused imports are removed', shop.getText());

shop.apply(await ask('DocumentFormattingEdit', 'provideDocumentFormattingEdits', shop, { tabSize: 2, insertSpaces: true }));
check(shop.getText().includes('export const untidy = 1;'), 'formatting', shop.getText());

const symbols = await ask('DocumentSymbol', 'provideDocumentSymbols', shop);
check(symbols.some(({ name }) => name === 'lamp'), 'symbols', symbols);

await client.stop();
console.log('a stock client edited a project');
