// Work on files on the page: create, rename, upload, download, delete, merge a zip file, and find in files; by keyboard
// and by touch.
//
// Argument: --folder PATH, the workspace on disk.

import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, eventually, expect, openFile, openWindow, run, screenshot, status } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const there = (path) => existsSync(join(values.folder, path));
const home = mkdtempSync(join(tmpdir(), 'qide-browser-'));
const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');

await run(async (browser) => {
  const { page, errors } = await openWindow(browser, { acceptDownloads: true });
  const row = (path) => page.locator(`.tree .row[data-path="${path}"]`);
  const tab = (path) => page.locator(`.tab[data-path="${path}"]`);
  const dialog = page.locator('dialog[open]');
  const closed = () => eventually('the dialog is gone', async () => !(await dialog.count()));
  const said = (words) => eventually(`the page says "${words}"`, async () => (await status(page, 'sentence')).includes(words));
  /** Picks from the menu of a row, or of the workspace. */
  const pick = async (path, label) => {
    if (path === null) await page.locator('#file-menu').click();
    else {
      await row(path).hover();
      await row(path).getByRole('button').click();
    }
    await page.getByRole('menuitem', { name: label }).click();
  };
  const answer = async (typed, button) => {
    if (typed !== null) await dialog.getByRole('textbox').fill(typed);
    await dialog.getByRole('button', { name: button }).click();
  };

  await check('a new file is created with its folders, and opened', async () => {
    await page.locator('#new-file').click();
    await answer('lib/tools/one.py', 'Create file');
    await closed();
    await tab('lib/tools/one.py').waitFor();
    await eventually('it is on disk', () => there('lib/tools/one.py'));
    await page.locator('#new-file').click();
    await answer('lib/tools/one.py', 'Create file');
    await eventually('a second one is refused', async () => /already/.test(await dialog.getByRole('alert').textContent()));
    await answer('lib/../../x.py', 'Create file');
    await eventually('a path that leads out is refused', async () => /cannot be a path/.test(await dialog.getByRole('alert').textContent()));
    await screenshot(page, 'refused-1280-light');
    await page.keyboard.press('Escape');
    await closed();
  });
  await check('a Makefile is indented with tabs', async () => {
    await page.locator('#new-file').click();
    const [styled] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/style?path=Makefile')),
      answer('Makefile', 'Create file'),
    ]);
    expect(styled.ok(), 'the style was refused');
    await closed();
    await tab('Makefile').waitFor();
    await page.locator('.monaco-editor').first().click();
    await page.keyboard.type('all:');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('echo done');
    await eventually('the tab is on disk', () => onDisk('Makefile').includes('all:\n\techo done'));
  });
  await check('a new folder', async () => {
    await pick('lib', 'New folder here');
    await answer('lib/data', 'Create folder');
    await eventually('it is in the tree and on disk', async () => there('lib/data') && (await row('lib/data').count()) === 1);
  });
  await check('a file is renamed by keyboard, and stays open', async () => {
    await row('lib/tools/one.py').focus();
    await page.keyboard.press('F2');
    await dialog.waitFor();
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await closed();
    await tab('lib/tools/two.py').waitFor();
    expect((await tab('lib/tools/one.py').count()) === 0, 'the old tab is there');
    expect(there('lib/tools/two.py') && !there('lib/tools/one.py'), 'not renamed on disk');
  });
  await check('files are uploaded, and replaced only after confirmation', async () => {
    const [numbers, huge] = [join(home, 'numbers.csv'), join(home, 'huge.bin')];
    writeFileSync(huge, '');
    truncateSync(huge, 33 << 20);
    const uploadOf = async (words) => {
      writeFileSync(numbers, words);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick('lib/data', 'Upload files here')]);
      await chooser.setFiles([numbers, huge]);
    };
    await uploadOf('1\r\n');
    await eventually('the one that is too large is named', async () => /lib\/data\/huge.bin is larger than 32 MiB/.test(await dialog.textContent()));
    await answer(null, 'Close');
    expect(onDisk('lib/data/numbers.csv') === '1\r\n', 'not the bytes');
    await uploadOf('2\r\n');
    await dialog.getByText('Replace this file?').waitFor();
    expect(onDisk('lib/data/numbers.csv') === '1\r\n', 'replaced unasked');
    await answer(null, 'Replace');
    await answer(null, 'Close');
    expect(onDisk('lib/data/numbers.csv') === '2\r\n', 'not replaced');
    await closed();
  });
  await check('a file dropped on a folder is uploaded there', async () => {
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped'], 'dropped.txt'));
      return transfer;
    });
    await row('src').dispatchEvent('dragover', { dataTransfer: data });
    await eventually('the folder is marked', async () => (await row('src').getAttribute('class')).includes('target'));
    await row('src').dispatchEvent('drop', { dataTransfer: data });
    await eventually('it is on disk', () => there('src/dropped.txt'));
    expect(onDisk('src/dropped.txt') === 'dropped', onDisk('src/dropped.txt'));
  });
  await check('a file and the whole workspace are downloaded', async () => {
    const downloaded = async (path, label) => {
      const [download] = await Promise.all([page.waitForEvent('download'), pick(path, label)]);
      return download;
    };
    const file = await downloaded('lib/data/numbers.csv', 'Download');
    expect(file.suggestedFilename() === 'numbers.csv', file.suggestedFilename());
    expect(readFileSync(await file.path(), 'utf8') === '2\r\n', 'not the bytes');
    const zip = await downloaded(null, 'Download all');
    expect(zip.suggestedFilename().endsWith('.zip'), zip.suggestedFilename());
    expect(readFileSync(await zip.path()).subarray(0, 2).toString() === 'PK', 'no zip file');
    await zip.saveAs(join(home, 'all.zip'));
  });
  await check('a zip file is merged, and another file is refused with a sentence', async () => {
    rmSync(join(values.folder, 'src/dropped.txt'));
    const merged = async (file) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick(null, 'Merge a zip file')]);
      await chooser.setFiles(file);
    };
    await merged({ name: 'no.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip file at all') });
    await said('The zip file was refused');
    await merged(join(home, 'all.zip'));
    await said('is merged: 1 new');
    expect(there('src/dropped.txt'), 'it is not there');
  });
  rmSync(home, { recursive: true });

  await check('the dialog names what will be deleted, and works by keyboard', async () => {
    await openFile(page, 'src/dropped.txt');
    await row('src/dropped.txt').focus();
    await page.keyboard.press('Delete');
    await eventually('the file is named', async () => (await dialog.textContent()).includes('The file src/dropped.txt will be deleted'));
    await screenshot(page, 'delete-1280-light');
    await page.keyboard.press('Enter');
    await closed();
    expect(there('src/dropped.txt'), 'Enter alone deletes');
    await row('src/dropped.txt').focus();
    await page.keyboard.press('Delete');
    await answer(null, 'Delete the file');
    await closed();
    expect(!there('src/dropped.txt') && !(await tab('src/dropped.txt').count()), 'it is there');
    await pick('lib', 'Delete');
    await eventually('the files in a folder are counted', async () => (await dialog.textContent()).includes('folder lib and the 2 files in it'));
    await answer(null, 'Delete the folder');
    await closed();
    expect(!there('lib') && !(await row('lib').count()) && !(await tab('lib/tools/two.py').count()), 'the folder is there');
    await eventually('the page says so', async () => /lib was deleted/.test(await status(page, 'sentence')));
    expect(!(await page.locator('.banner:visible').count()), 'the page asks about what it deleted');
  });

  const found = page.getByTestId('found');
  await check('find in files finds matches in all files, and a click leads there', async () => {
    await openFile(page, 'README.md');
    await page.keyboard.press('Control+Shift+f');
    await page.keyboard.type('AREA');
    await eventually('both files with it are counted', async () => {
      if (/matches in 2 of 5 files/.test(await found.textContent())) return true;
      throw new Error(await found.textContent());
    });
    await screenshot(page, 'search-1280-light');
    await page.locator('[data-toggle=isCase]').click();
    await eventually('upper case is not there', async () => /Nothing found/.test(await found.textContent()));
    await page.locator('[data-toggle=isCase]').click();
    await page.locator('[data-toggle=isRegex]').click();
    await page.locator('[name=query]').fill('def (area');
    await eventually('an incomplete expression is reported', async () => /not a regular expression/.test(await found.textContent()));
    await page.locator('[name=query]').fill('def area_of_\\w+');
    await page.locator('[name=glob]').fill('*.py');
    await eventually('one is found', async () => /1 match in 1 of/.test(await found.textContent()));
    const match = page.locator('.results [data-path="src/shapes.py"] .match');
    const line = await match.getAttribute('data-line');
    await match.click();
    await eventually('it is shown', () => page.locator('.tab.shown[data-path="src/shapes.py"]').count());
    await eventually('the place is selected', async () => (await page.locator('.place').textContent()).startsWith(`Line ${line}, column ${'def area_of_all'.length + 1}`));
  });

  await check('everything works on a phone with a dark theme', async () => {
    const phone = await openWindow(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    const fits = async () => expect(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
    await phone.page.locator('#menu').tap();
    await phone.page.locator('.page.drawer-open').waitFor();
    await phone.page.locator('.tree .row[data-path="src"] button').tap();
    await phone.page.getByRole('menuitem', { name: 'Rename' }).waitFor();
    await fits();
    await screenshot(phone.page, 'file-actions-390-dark');
    await phone.page.getByRole('menuitem', { name: 'Rename' }).tap();
    await phone.page.locator('dialog[open]').waitFor();
    await fits();
    await screenshot(phone.page, 'rename-390-dark');
    await phone.page.getByRole('button', { name: 'Cancel' }).tap();
    await phone.page.locator('#find-in-files').tap();
    await phone.page.locator('[name=query]').fill('area');
    await phone.page.locator('.results .match').first().waitFor();
    await fits();
    await screenshot(phone.page, 'search-390-dark');
    await phone.page.locator('.results .match').first().tap();
    await eventually('the file is shown, the drawer is gone', async () => (await phone.page.locator('.tab.shown').count()) === 1 && !(await phone.page.locator('.page.drawer-open').count()));
    errors.push(...phone.errors);
  });
  await check('the pages log no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
