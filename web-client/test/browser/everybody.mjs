// Four different editors of one file: a wide window, a phone, a stock Hocuspocus provider and a stock y-websocket
// provider. All have one text and see everybody's caret and name; the list of members leads to them.
// Arguments: --person LINK, up to four times: the links of these four people (by default QIDE_URL);
// --file PATH of src/shapes.py on disk.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { caret, caretAfter, check, command, editorOf, eventually, expect, line, openFile, openWindow, run, saved, screenshot, squeezed, text } from './harness.mjs';

const PATH = 'src/shapes.py';
const { values } = parseArgs({ options: { person: { type: 'string', multiple: true, default: [] }, file: { type: 'string' } } });
const [annsLink, bobsLink, cemsLink, dorasLink] = [0, 1, 2, 3].map((at) => values.person[at] ?? process.env.QIDE_URL);
const socketOrigin = `ws://${new URL(annsLink).host}`;
const tokenOf = (link) => new URLSearchParams(new URL(link).hash.slice(1)).get('token');

function hocuspocus(token) {
  const doc = new Y.Doc();
  const socket = new HocuspocusProviderWebsocket({ url: `${socketOrigin}/collab/demo`, WebSocketPolyfill: WebSocket });
  const provider = new HocuspocusProvider({ websocketProvider: socket, name: PATH, document: doc, token });
  provider.attach();
  const end = () => {
    provider.destroy();
    socket.destroy();
  };
  return { doc, awareness: provider.awareness, isSynced: () => provider.isSynced, end };
}

function yWebsocket(token) {
  const doc = new Y.Doc();
  const options = { WebSocketPolyfill: WebSocket, params: { token }, disableBc: true };
  const provider = new WebsocketProvider(`${socketOrigin}/yjs/demo`, PATH, doc, options);
  return { doc, awareness: provider.awareness, isSynced: () => provider.synced, end: () => provider.destroy() };
}

/** Names a stock client and puts its selection on some words. */
function appear({ doc, awareness }, name, words) {
  const content = doc.getText('content');
  const at = content.toString().indexOf(words);
  const relative = (index) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(content, index));
  awareness.setLocalStateField('user', { name });
  awareness.setLocalStateField('selection', { anchor: relative(at), head: relative(at + words.length) });
}

await run(async (browser) => {
  const wide = { viewport: { width: 1920, height: 1080 } };
  const small = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const [ann, bob] = await Promise.all([openWindow(browser, wide, annsLink), openWindow(browser, { ...small, colorScheme: 'dark' }, bobsLink)]);
  await openFile(ann.page, PATH);
  await openFile(bob.page, PATH);
  const cem = hocuspocus(tokenOf(cemsLink));
  const dora = yWebsocket(tokenOf(dorasLink));
  const stock = [cem, dora];
  const content = ({ doc }) => doc.getText('content');

  await check('both stock providers have the text of the windows', async () => {
    await eventually('they are synced', () => stock.every(({ isSynced }) => isSynced()));
    for (const one of stock) expect(content(one).toString().includes('def area_of_all'), content(one).toString());
  });

  await check('text typed in any of the four appears in all four', async () => {
    await caretAfter(ann.page, 'return sum');
    await ann.page.keyboard.type('  # Ann 🎉');
    await line(bob.page, 'Shapes and their areas').tap();
    await bob.page.keyboard.press('Home');
    await bob.page.keyboard.type('# Bob\n');
    content(cem).insert(0, '# Cem\n');
    content(dora).insert(content(dora).length, '# Dora\n');
    const expected = ['# Ann 🎉', '# Bob', '# Cem', '# Dora'];
    const texts = async () => [await text(ann.page), content(cem).toString(), content(dora).toString()].map((one) => one.trimEnd());
    await eventually('all texts are equal', async () => {
      const [first, ...others] = await texts();
      return expected.every((words) => first.split(words).length === 2) && others.every((other) => other === first);
    });
    await eventually('the phone has it too', async () => squeezed(await text(bob.page)) === squeezed((await texts())[0]));
    for (const { page } of [ann, bob]) await saved(page);
  });

  await check('the file on disk has that text', () => eventually('it is', () => readFileSync(values.file, 'utf8') === content(cem).toString()));

  const labels = (page) => page.locator('.person-label').allTextContents();
  await check('everybody’s caret is drawn with their name', async () => {
    appear(cem, 'Cem Yılmaz', 'from dataclasses import dataclass');
    appear(dora, 'Dora', 'class Circle');
    for (const { page } of [ann, bob]) {
      await eventually('three carets and three names are drawn', async () => (await page.locator('.person-caret').count()) >= 3 && (await labels(page)).length === 3);
    }
    return { names: await labels(ann.page) };
  });

  const again = (page, name) => {
    // Names fade; this class shows them as a pointer near the caret would.
    return page.evaluate(() => document.querySelectorAll('.person-label').forEach((label) => label.classList.add('near'))).then(() => screenshot(page, name));
  };
  await check('screenshots, wide and small, light and dark', async () => {
    await again(ann.page, 'carets-1920-light');
    await again(bob.page, 'carets-360-dark');
    await ann.page.emulateMedia({ colorScheme: 'dark' }, bobsLink);
    await bob.page.emulateMedia({ colorScheme: 'light' });
    await again(ann.page, 'carets-1920-dark');
    await again(bob.page, 'carets-360-light');
    await ann.page.emulateMedia({ colorScheme: 'light' });
  });

  await check('a faded name reappears under the pointer', async () => {
    const label = ann.page.locator('.person-label', { hasText: 'Dora' });
    await ann.page.evaluate(() => document.querySelectorAll('.person-label').forEach((one) => one.classList.remove('near')));
    const opacity = () => label.evaluate((element) => Number(getComputedStyle(element).opacity));
    await ann.page.mouse.move(900, 700);
    await eventually('it fades', async () => (await opacity()) === 0);
    const drawn = await line(ann.page, 'class Circle').locator('.person-caret').boundingBox();
    await ann.page.mouse.move(drawn.x + 2, drawn.y + drawn.height / 2, { steps: 3 });
    await eventually('it is there again', async () => (await opacity()) === 1);
  });

  const member = (page, name, path) => page.locator(`.monaco-list-row[aria-label^="${name}"][aria-label*="${path}"]`).first();
  await check('the view of members shows everybody’s file, and leads there', async () => {
    await command(ann.page, 'Focus on Members View');
    await member(ann.page, 'Cem', PATH).waitFor();
    await member(ann.page, 'Bob', PATH).waitFor();
    await screenshot(ann.page, 'members-1920-light');
    await openFile(ann.page, 'README.md');
    await member(ann.page, 'Dora', PATH).click();
    await eventually('her file is shown', () => editorOf(ann.page, PATH).count());
    const row = content(dora).toString().split('\n').findIndex((one) => one.includes('class Circle')) + 1;
    await eventually('the caret is where hers is', async () => (await caret(ann.page)).startsWith(`Ln ${row},`));
  });

  await check('a member in a file that is not open here is listed and found too', async () => {
    await openFile(bob.page, 'src/Main.py');
    await line(bob.page, 'circle = Circle').tap();
    await member(ann.page, 'Bob', 'src/Main.py').click();
    await eventually('his file is shown', () => editorOf(ann.page, 'src/Main.py').count());
    const text = await line(bob.page, 'circle = Circle').textContent();
    await eventually('the caret is where his is', async () => (await ann.page.locator('.editor-group-container.active .current-line').count()) > 0 && text !== '');
  });

  await check('a person who is followed leads, until the follower moves', async () => {
    await member(ann.page, 'Bob', 'src/Main.py').hover();
    await member(ann.page, 'Bob', 'src/Main.py').getByRole('button', { name: 'Follow…' }).click();
    await openFile(bob.page, PATH);
    await line(bob.page, 'Shapes and their areas').tap();
    await eventually('his next file is shown', () => editorOf(ann.page, PATH).count());
    await caretAfter(ann.page, 'class Circle');
    await eventually('it has ended', async () => !(await ann.page.locator('[id="qide.page.follow"]:visible').count()));
    await eventually('both look at the first file again', async () => (await labels(ann.page)).length === 3);
  });

  await check('people who leave disappear from the page', async () => {
    stock.forEach(({ end }) => end());
    await eventually('only the other window is left', async () => (await labels(ann.page)).length === 1);
  });

  await check('the pages log no errors', () => {
    const errors = [...ann.errors, ...bob.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
