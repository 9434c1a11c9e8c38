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
import { caretAfter, check, eventually, expect, openFile, openWindow, run, saved, screenshot, squeezed, text } from './harness.mjs';

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
  await bob.page.locator('#menu').tap();
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
    await bob.page.locator('.view-line', { hasText: 'Shapes and their areas' }).first().tap();
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
    const line = ann.page.locator('.view-line', { hasText: 'class Circle' });
    const caret = await line.locator('.person-caret').boundingBox();
    await ann.page.mouse.move(caret.x + 2, caret.y + caret.height / 2, { steps: 3 });
    await eventually('it is there again', async () => (await opacity()) === 1);
  });

  await check('the list of members shows everybody’s file, and leads there', async () => {
    for (const { page, name } of [{ page: ann.page, name: 'members-1920-light' }, { page: bob.page, name: 'members-360-light' }]) {
      await page.locator('#people').click();
      await page.locator('#members:popover-open').waitFor();
      await screenshot(page, name);
      const rows = await page.locator('#members .member[data-path]').count();
      expect(rows >= 3, `there are ${rows} rows with a file`);
    }
    await bob.page.locator('#members .member', { hasText: 'Cem' }).click();
    await eventually('the list closes', async () => !(await bob.page.locator('#members:popover-open').count()));
    await ann.page.keyboard.press('Escape');
    await eventually('the list of the other page closes', async () => !(await ann.page.locator('#members:popover-open').count()));
  });

  await check('a jump to a member opens a file that is not shown', async () => {
    await openFile(ann.page, 'README.md');
    await ann.page.locator('#people').click();
    await ann.page.locator('#members .member', { hasText: 'Dora' }).click();
    await eventually('her file is shown', () => ann.page.locator(`.tab.shown[data-path="${PATH}"]`).count());
    const line = content(dora).toString().split('\n').findIndex((one) => one.includes('class Circle')) + 1;
    await eventually('the caret is where hers is', async () => (await ann.page.locator('.place').textContent()).startsWith(`Line ${line},`));
  });

  await check('a member in a file that is not open here is listed and found too', async () => {
    await bob.page.locator('#menu').tap();
    await openFile(bob.page, 'src/Main.py');
    await bob.page.locator('.view-line', { hasText: 'circle = Circle' }).first().tap();
    await ann.page.locator('#people').click();
    await ann.page.locator('#members .member[data-path="src/Main.py"]', { hasText: bobsLink === annsLink ? 'another window' : 'Bob' }).click();
    await eventually('his file is shown', () => ann.page.locator('.tab.shown[data-path="src/Main.py"]').count());
    const line = /Line (\d+),/.exec(await bob.page.locator('.place').textContent())[1];
    await eventually('the caret is where his is', async () => (await ann.page.locator('.place').textContent()).startsWith(`Line ${line},`));
    await openFile(ann.page, PATH);
    await bob.page.locator(`.tab[data-path="${PATH}"] .tab-name`).tap();
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
