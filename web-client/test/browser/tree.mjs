// The page follows files that are renamed while they are open, also while it has no network, and shows a file that is too large to share read-only.
//
// Arguments: --folder PATH, the workspace on disk; it contains `large.txt` of more than 5 MiB.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caretAfter, check, command, connected, editorOf, eventually, expect, explorerRow, offlineEdits, line, notifications, openFile, openPage, openWindow, run, saved, screenshot, send, silentProxy, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });

/** How long a page with a network again may take to follow a file that was renamed meanwhile. */
const FOLLOW_MILLISECONDS = 10_000;

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);
  const workspace = new URL(page.url()).searchParams.get('workspace') ?? 'demo';
  const file = (path) => `api/workspaces/${workspace}/files/${path}`;
  const move = async (from, to) => (await send(page, `${file(from)}?move=${encodeURIComponent(to)}`, { method: 'POST' })).status;
  const tabs = () => page.locator('.tabs-container .tab').allTextContents();
  const proxy = await silentProxy();
  const git = (...words) => execFileSync('git', words, { cwd: values.folder, stdio: 'ignore' });
  git('init', '-q');
  const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');

  await check('a renamed file stays open, and typed text reaches it', async () => {
    await openFile(page, 'README.md');
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' One');
    await saved(page);
    const answered = await move('README.md', 'docs/GUIDE.md');
    expect(answered === 204, String(answered));
    await eventually('the tab has the new name', async () => (await tabs()).some((name) => name.includes('GUIDE.md')));
    expect(!(await tabs()).some((name) => name.includes('README.md')), String(await tabs()));
    expect((await notifications(page)).length === 0, 'the page asks something');
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' Two');
    await saved(page);
    await eventually('the file has it', () => [' One', ' Two'].every((words) => onDisk('docs/GUIDE.md').includes(words)));
    await screenshot(page, 'renamed-1280');
  });
  await check('an open file in a renamed folder stays open', async () => {
    expect((await move('docs', 'manual')) === 204, 'not moved');
    await eventually('it is open at the new place', () => editorOf(page, 'manual/GUIDE.md').count());
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' Three');
    await saved(page);
    await eventually('the file has it', () => onDisk('manual/GUIDE.md').includes(' Three'));
  });
  await check('text that is nowhere else survives a rename, and is not deleted with the file', async () => {
    const ask = async (method, headers, body) => {
      const answer = await send(page, file('note.txt'), { method, headers, body });
      expect(answer.status < 300, `${method}: ${answer.status}`);
      return answer.etag;
    };
    const version = await ask('PUT', { 'If-None-Match': '*' }, 'mine\n');
    await openFile(page, 'note.txt');
    // The page may check the path only when the other document is there.
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route('**/files/note.txt', async (route) => {
      if (route.request().method() === 'GET') await released;
      await route.continue();
    });
    await ask('DELETE', { 'If-Match': version });
    await ask('PUT', { 'If-None-Match': '*' }, 'theirs\n');
    release();
    const offer = page.getByRole('button', { name: 'Keep It as a Copy' });
    await offer.waitFor();
    expect((await text(page)).startsWith('theirs'), await text(page));
    expect((await move('note.txt', 'moved.txt')) === 204, 'not moved');
    await eventually('it is open at the new place', () => editorOf(page, 'moved.txt').count());
    await offer.click();
    await eventually('it is a file', () => existsSync(join(values.folder, 'note.conflict.txt')) && onDisk('note.conflict.txt') === 'mine\n');
    await eventually('it is shown', () => editorOf(page, 'note.conflict.txt').count());
  });
  for (const by of ['somebody', 'a tool']) {
    await check(`a file that ${by} renames while this page has no network is followed, with what was typed meanwhile`, async () => {
      const [from, to] = [`away ${by}.txt`, `back ${by}.txt`];
      const make = (path, body) => send(page, file(path), { method: 'PUT', headers: { 'If-None-Match': '*' }, body });
      expect((await make(from, 'first\nlast\n')).status < 300, 'not created');
      const { page: away, errors: itsErrors } = await openWindow(browser, {}, proxy.link);
      await openFile(away, from);
      await openFile(page, from);
      await caretAfter(away, 'first');
      proxy.silence(true);
      await away.keyboard.type(' typed');
      if (by === 'somebody') expect((await move(from, to)) === 204, 'not moved');
      else {
        git('add', '--', from);
        git('mv', from, to);
      }
      await eventually('the other window follows', () => editorOf(page, to).count());
      await caretAfter(page, 'last');
      await page.keyboard.type(' seen');
      await saved(page);
      // The same name is no reason to take it for the same file.
      expect((await make(from, 'another file\n')).status < 300, 'not created');
      await eventually('this page notices', async () => (await status(away, 'connection')) !== 'Connected');
      await away.keyboard.type(' offline');
      proxy.silence(false);
      const began = Date.now();
      await connected(away);
      const reconnected = Date.now();
      await eventually('it is open at the new place', () => editorOf(away, to).count(), FOLLOW_MILLISECONDS);
      const followed = Date.now();
      await away.keyboard.type(' again');
      await saved(away);
      const whole = 'first typed offline again\nlast seen\n';
      await eventually('everybody has everything', async () => {
        const texts = [await text(away), await text(page), onDisk(to)];
        if (texts.every((one) => one === whole)) return true;
        throw new Error(JSON.stringify(texts));
      });
      expect(onDisk(from) === 'another file\n', onDisk(from));
      expect((await notifications(away)).length === 0, 'the page asks something');
      expect(itsErrors.length === 0, itsErrors.join(' | '));
      await away.context().close();
      return { reconnectMilliseconds: reconnected - began, followMilliseconds: followed - reconnected };
    });
  }
  for (const isTaken of [false, true]) {
    await check(`edits of a page that died reach their file, which was moved meanwhile${isTaken ? ', not the one that has its name now' : ''}`, async () => {
      const [from, to, typed] = [`died ${isTaken}.txt`, `found ${isTaken}.txt`, ' typed'];
      const make = (body) => send(page, file(from), { method: 'PUT', headers: { 'If-None-Match': '*' }, body });
      expect((await make('first\n')).status < 300, 'not created');
      const dying = await openWindow(browser, {}, proxy.link);
      await openFile(dying.page, from);
      await caretAfter(dying.page, 'first');
      proxy.silence(true);
      await dying.page.keyboard.type(typed);
      await eventually('the browser keeps it', async () => (await offlineEdits(dying.page)) === typed.length);
      await dying.page.close();
      proxy.silence(false);
      expect((await move(from, to)) === 204, 'not moved');
      if (isTaken) expect((await make('another file\n')).status < 300, 'not created');
      const again = await openPage(dying.context, proxy.link);
      await eventually('its file is open', () => editorOf(again.page, to).count());
      await saved(again.page);
      await eventually('the file has what was typed', async () => (await text(again.page)) === 'first typed\n' && onDisk(to) === 'first typed\n');
      await eventually('nothing is kept', async () => (await offlineEdits(again.page)) === 0);
      expect((await again.page.getByRole('button', { name: 'Keep It as a Copy' }).count()) === 0, 'a copy is offered');
      expect(isTaken ? onDisk(from) === 'another file\n' : !existsSync(join(values.folder, from)), 'the other file was changed');
      expect(!existsSync(join(values.folder, `died ${isTaken}.conflict.txt`)), 'there is a copy');
      expect(again.errors.length === 0, again.errors.join(' | '));
      await dying.context.close();
    });
  }
  await check('unsent text that another file replaced is offered until the person has decided, also at the next visit', async () => {
    const path = 'lost.txt';
    const put = (body) => send(page, file(path), { method: 'PUT', headers: { 'If-None-Match': '*' }, body });
    const { etag } = await put('first\n');
    const away = await openWindow(browser, {}, proxy.link);
    await openFile(away.page, path);
    await caretAfter(away.page, 'first');
    proxy.silence(true);
    await away.page.keyboard.type(' typed');
    const answers = [await send(page, file(path), { method: 'DELETE', headers: { 'If-Match': etag } }), await put('theirs\n')];
    expect(answers.every(({ status: code }) => code < 300), JSON.stringify(answers));
    await eventually('this page notices', async () => (await status(away.page, 'connection')) !== 'Connected');
    proxy.silence(false);
    const offer = (here) => here.getByRole('button', { name: 'Keep It as a Copy' });
    await offer(away.page).waitFor();
    expect((await text(away.page)).startsWith('theirs'), await text(away.page));
    // Acknowledgements of the other file concern other edits.
    await away.page.keyboard.type('x');
    await saved(away.page);
    expect((await offlineEdits(away.page)) === ' typed'.length, 'the browser lost it');
    await away.page.close();
    const again = await openPage(away.context, proxy.link);
    await offer(again.page).waitFor();
    await again.page.route('**/files/lost.conflict.txt', (route) => route.abort(), { times: 1 });
    await offer(again.page).click();
    await eventually('it is offered again', async () => (await notifications(again.page)).join().includes('could not be stored'));
    expect((await offlineEdits(again.page)) === ' typed'.length, 'the browser lost it');
    await offer(again.page).click();
    await eventually('it is a file', () => existsSync(join(values.folder, 'lost.conflict.txt')) && onDisk('lost.conflict.txt') === 'first typed\n');
    await eventually('nothing is kept', async () => (await offlineEdits(again.page)) === 0);
    expect(!existsSync(join(values.folder, 'lost.conflict-2.txt')), 'there is another copy');
    await away.context.close();
  });
  await check('a page starts whose file of an earlier visit is a folder now, and stores its text as a copy', async () => {
    const path = 'folder.txt';
    const put = (to, body) => send(page, file(to), { method: 'PUT', headers: { 'If-None-Match': '*' }, body });
    const { etag } = await put(path, 'first\n');
    const dying = await openWindow(browser, {}, proxy.link);
    await openFile(dying.page, path);
    await caretAfter(dying.page, 'first');
    proxy.silence(true);
    await dying.page.keyboard.type(' typed');
    await eventually('the browser keeps it', async () => (await offlineEdits(dying.page)) === ' typed'.length);
    await dying.page.close();
    proxy.silence(false);
    const answers = [await send(page, file(path), { method: 'DELETE', headers: { 'If-Match': etag } }), await put(`${path}/inside.txt`, '')];
    expect(answers.every(({ status: code }) => code < 300), JSON.stringify(answers));
    const again = await openPage(dying.context, proxy.link);
    await eventually('nothing is kept', async () => (await offlineEdits(again.page)) === 0);
    expect(onDisk('folder.conflict.txt') === 'first typed\n', onDisk('folder.conflict.txt'));
    await dying.context.close();
  });
  await check('a file that is too large is shown read-only', async () => {
    await openFile(page, 'large.txt');
    expect((await text(page)).includes('a line of a large file'), 'no text');
    await line(page, 'a line of').click();
    await page.keyboard.type('x');
    await eventually('it says why', async () => /larger than 5 MiB|too large/.test(await page.locator('.monaco-editor-overlaymessage').textContent()));
    expect(!onDisk('large.txt').startsWith('x'), 'it was changed');
    await screenshot(page, 'large-1280');
  });
  await check('a large file that is open is renamed in the explorer', async () => {
    await command(page, 'Focus on Files Explorer');
    await explorerRow(page, 'large.txt').click();
    await page.keyboard.press('F2');
    await page.locator('.explorer-folders-view .monaco-inputbox input').fill('larger.txt');
    await page.keyboard.press('Enter');
    await eventually('it is renamed', () => existsSync(join(values.folder, 'larger.txt')));
    await editorOf(page, 'larger.txt').locator('.view-line', { hasText: 'a line of a large file' }).first().waitFor();
    expect(!/Nothing was changed/.test((await notifications(page)).join()), (await notifications(page)).join());
  });
  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
  proxy.end();
});
