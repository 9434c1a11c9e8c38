// A person in an editor of @qide/client's examples, in Chromium, beside somebody else who edits the same file.
import { ServerApi } from '@qide/client';
import WebSocket from 'ws';
import { createRelativePositionFromTypeIndex } from 'yjs';
import { bundled, inBrowser, openPage, until } from './pages.mjs';

const PATH = 'main.py';
// What a request gets that was open when the connection was lost, and one that is sent before there is another.
const WITHOUT_CONNECTION = ['The connection was lost; send the request again.', 'There is no connection; send the request again when there is one.'];

/** The file in the workspace of somebody else, whose caret is at its beginning. */
async function openAsSomebodyElse({ address, token, name }, caretField) {
  const workspace = new ServerApi(address, token).open(name, { WebSocket });
  const file = workspace.document(PATH);
  await file.whenSynced();
  file.awareness.setLocalStateField('user', { name: 'Bob', color: '#204060' });
  const caret = createRelativePositionFromTypeIndex(file.text, 0);
  file.awareness.setLocalStateField(caretField, { anchor: caret, head: caret });
  return { workspace, file };
}

/** Types the beginning of a name and accepts the completion of it. */
async function complete(page, selectors, beginning, name) {
  await page.keyboard.press('Control+End');
  await page.keyboard.type('message.');
  // Monaco's own client appends what a server offers in the middle of a name.
  if (selectors.isAskedByTyping) await page.locator(selectors.completion).first().waitFor();
  await page.keyboard.type(beginning);
  if (!selectors.isAskedByTyping) await page.keyboard.press('Control+Space');
  await page.locator(selectors.completion, { hasText: name }).first().click();
  await until(`${name} is completed`, () => page.evaluate((words) => window.editing.text().endsWith(words), `message.${name}`));
}

async function edit(page, session, selectors) {
  const text = () => page.evaluate(() => window.editing.text());
  await page.locator(selectors.mistake).first().waitFor({ state: 'attached' });

  const other = await openAsSomebodyElse(session, selectors.caretField);
  const theirs = () => other.file.text.toString();
  other.file.text.insert(0, '# from Bob\n');
  await until('the line of somebody else is shown', async () => (await text()).startsWith('# from Bob\n'));
  await page.locator(selectors.caret).first().waitFor({ state: 'attached' });

  await page.locator(selectors.content).click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('# mine ');
  await until('what was typed arrives', () => theirs().startsWith('# mine # from Bob\n'));
  other.file.text.insert(other.file.text.length, '# later\n');
  await until('the later line is shown', async () => (await text()).endsWith('# later\n'));
  // How many steps the typing is depends on its speed; the edits of somebody else are none.
  await until('what was typed is undone', async () => {
    await page.keyboard.press('Control+z');
    return theirs().startsWith('# from Bob\n');
  });
  if (!theirs().endsWith('# later\n')) throw new Error(`undone: ${theirs()}`);

  await complete(page, selectors, 'upp', 'upper');
  await page.evaluate(() => window.editing.reconnect());
  await page.keyboard.type('\n');
  await complete(page, selectors, 'capi', 'capitalize');
  await until('the texts are equal', async () => (await text()) === theirs());
  other.workspace.close();
}

/**
 * Runs the session on the server that the command line names.
 *
 * @param bundle options of esbuild, with the entry point `page`, which sets `window.editing` to { text, reconnect }
 * @param selectors of the page: content, mistake, completion, caret of somebody else; `caretField` in the awareness state;
 *   `isAskedByTyping`: completions are requested by the dot before a name, otherwise by a key after its beginning;
 *   `throwsLostRequests`: a request without a connection is an error of the page
 */
export function editTogether(bundle, selectors) {
  const [address, token, name] = process.argv.slice(2);
  return inBrowser('two people edited one file', async (browser, errors) => {
    const person = { name: 'Ann', color: '#0a7d4f' };
    const session = { address, token, workspace: name, path: PATH, languageId: 'python', person };
    const page = await openPage(browser, address, await bundled(bundle), session, errors);
    await edit(page, { address, token, name }, selectors).catch(async (failure) => {
      throw new Error(`${failure.message}\n${await page.evaluate(() => window.editing.text())}`);
    });
    // Monaco's own client throws the failures of its requests, and it asks for symbols whenever its text changes.
    if (selectors.throwsLostRequests) {
      const others = errors.filter((error) => !WITHOUT_CONNECTION.some((sentence) => error.includes(sentence)));
      errors.splice(0, errors.length, ...others);
    }
  });
}
