// Work on files in the explorer: create, rename, upload, drop, download, delete, merge a zip file, and find in files; by
// keyboard where a keyboard does it.
//
// Argument: --folder PATH, the workspace on disk.

import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caret, check, command, editorOf, eventually, expect, explorerRow, notifications, openFile, openWindow, run, saved, screenshot } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const there = (path) => existsSync(join(values.folder, path));
const home = mkdtempSync(join(tmpdir(), 'qide-browser-'));
const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');

await run(async (browser) => {
  const { page, errors } = await openWindow(browser, { acceptDownloads: true });
  const row = (name) => explorerRow(page, name);
  const field = page.locator('.explorer-item-edited input');
  const said = (words) => eventually(`the page says "${words}"`, async () => (await notifications(page)).some((one) => one.includes(words)));
  const dialog = page.locator('.monaco-dialog-box');
  const menu = async (name, label) => {
    await row(name).click({ button: 'right' });
    const item = page.locator('.monaco-menu').getByRole('menuitem', { name: label });
    await item.waitFor();
    // By keyboard: a menu ignores a click that comes too soon after the one that opened it.
    await eventually('the item is chosen', async () => {
      if (await item.evaluate((element) => element === element.getRootNode().activeElement || element.closest('.action-item').classList.contains('focused'))) return true;
      await page.keyboard.press('ArrowDown');
      return false;
    });
    await page.keyboard.press('Enter');
  };
  /** Begins a new file beside a row, by the button of the explorer. */
  const newFileBeside = async (name) => {
    await row(name).click();
    await row(name).hover();
    await page.locator('.codicon-new-file').first().click();
  };
  const fill = async (value) => {
    await field.fill(value);
    await page.keyboard.press('Enter');
  };

  await check('a new file is created with its folders, and opened', async () => {
    await newFileBeside('README.md');
    await fill('lib/tools/one.py');
    await editorOf(page, 'lib/tools/one.py').waitFor();
    await eventually('it is on disk', () => there('lib/tools/one.py'));
  });
  await check('a Makefile is indented with tabs', async () => {
    await newFileBeside('README.md');
    const [styled] = await Promise.all([page.waitForResponse((response) => response.url().includes('/style?path=Makefile')), fill('Makefile')]);
    expect(styled.ok(), 'the style was refused');
    await editorOf(page, 'Makefile').waitFor();
    await eventually('the editor uses tabs', async () => /Tab Size/.test(await page.locator('[id="status.editor.indentation"]').textContent()));
    await editorOf(page, 'Makefile').locator('.view-line').first().click();
    await page.keyboard.type('all:');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('echo done');
    await eventually('the tab is on disk', () => onDisk('Makefile').includes('all:\n\techo done'));
  });
  await check('a file is renamed by keyboard, and stays open with what is typed', async () => {
    await openFile(page, 'lib/tools/one.py');
    await editorOf(page, 'lib/tools/one.py').locator('.view-line').first().click();
    await page.keyboard.type('x = 1');
    await row('one.py').click();
    await page.keyboard.press('F2');
    await fill('two.py');
    await editorOf(page, 'lib/tools/two.py').waitFor();
    await eventually('it is renamed on disk', () => there('lib/tools/two.py') && !there('lib/tools/one.py') && onDisk('lib/tools/two.py') === 'x = 1');
    await saved(page);
  });
  await check('files are uploaded, and replaced only after confirmation', async () => {
    const numbers = join(home, 'numbers.csv');
    const uploadOf = async (words) => {
      writeFileSync(numbers, words);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), menu('src', 'Upload...')]);
      await chooser.setFiles(numbers);
    };
    await uploadOf('1\r\n');
    await eventually('it is on disk', () => there('src/numbers.csv') && onDisk('src/numbers.csv') === '1\r\n');
    // The explorer selects it, which would close a menu.
    await eventually('it is selected', async () => (await row('numbers.csv').getAttribute('aria-selected')) === 'true');
    await uploadOf('2\r\n');
    await dialog.getByRole('button', { name: 'Replace' }).waitFor();
    expect(onDisk('src/numbers.csv') === '1\r\n', 'replaced unasked');
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await eventually('it is replaced', () => onDisk('src/numbers.csv') === '2\r\n');
  });
  await check('a file dropped on a folder is uploaded there; one that is too large is refused', async () => {
    const [file, huge] = [join(home, 'dropped.txt'), join(home, 'huge.bin')];
    writeFileSync(file, 'dropped');
    writeFileSync(huge, '');
    truncateSync(huge, 33 << 20);
    const devtools = await page.context().newCDPSession(page);
    const drop = async (path) => {
      const box = await row('src').boundingBox();
      const drag = { x: box.x + 40, y: box.y + 10, data: { items: [], files: [path], dragOperationsMask: 1 } };
      for (const type of ['dragEnter', 'dragOver', 'drop']) await devtools.send('Input.dispatchDragEvent', { type, ...drag });
    };
    await drop(huge);
    await eventually('it is refused with a sentence', async () => /larger than 32 MiB/.test((await dialog.count()) ? await dialog.textContent() : (await notifications(page)).join()));
    await page.keyboard.press('Escape');
    await drop(file);
    await eventually('it is on disk', () => there('src/dropped.txt'));
    expect(onDisk('src/dropped.txt') === 'dropped', onDisk('src/dropped.txt'));
    // The explorer opens it, which would close the palette of the next check.
    await editorOf(page, 'src/dropped.txt').waitFor();
  });
  await check('the whole workspace is downloaded, and a zip file is merged; another file is refused with a sentence', async () => {
    const [zip] = await Promise.all([page.waitForEvent('download'), command(page, 'Download the Workspace as a Zip File')]);
    expect(zip.suggestedFilename() === 'demo.zip', zip.suggestedFilename());
    await zip.saveAs(join(home, 'all.zip'));
    expect(readFileSync(join(home, 'all.zip')).subarray(0, 2).toString() === 'PK', 'no zip file');
    rmSync(join(values.folder, 'src/dropped.txt'));
    const merged = async (file) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), command(page, 'Merge a Zip File…')]);
      await chooser.setFiles(file);
    };
    await merged({ name: 'no.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip file at all') });
    await said('The zip file was refused');
    await merged(join(home, 'all.zip'));
    await said('is merged: 1 new');
    expect(there('src/dropped.txt'), 'it is not there');
  });
  rmSync(home, { recursive: true });
  await check('a deletion names the file, asks, and closes its editor', async () => {
    await openFile(page, 'src/dropped.txt');
    await row('dropped.txt').click();
    await page.keyboard.press('Delete');
    await eventually('the file is named', async () => /dropped\.txt/.test(await dialog.textContent()));
    await screenshot(page, 'delete-1280-light');
    expect(there('src/dropped.txt'), 'it is deleted unasked');
    await dialog.getByRole('button', { name: /Delete/ }).click();
    await eventually('it is gone', async () => !there('src/dropped.txt') && !(await editorOf(page, 'src/dropped.txt').count()));
  });
  await check('find in files finds matches in all files, and a click leads there', async () => {
    await openFile(page, 'README.md');
    await page.keyboard.press('Control+Shift+f');
    const query = page.locator('.search-widget .search-container textarea').first();
    const message = page.locator('.search-view .messages');
    await query.fill('AREA');
    await page.keyboard.press('Enter');
    await eventually('both files with it are counted', async () => /results in 2 files/.test(await message.textContent()));
    await screenshot(page, 'search-1280-light');
    await page.locator('.search-widget .codicon-case-sensitive').first().click();
    await eventually('upper case is not there', async () => /No results found/.test(await message.textContent()));
    await page.locator('.search-widget .codicon-case-sensitive').first().click();
    await page.locator('.search-widget .codicon-regex').first().click();
    await query.fill('def area_of_\\w+');
    await page.keyboard.press('Enter');
    await eventually('one is found', async () => /1 result in 1 file/.test(await message.textContent()));
    await page.locator('.search-view .monaco-list-row .linematch').first().click();
    await editorOf(page, 'src/shapes.py').waitFor();
    await eventually('the place is selected', async () => /Ln 14, .*\(\d+ selected\)/.test(await caret(page)));
  });
  await check('an upload of many files does not list the tree for each', async () => {
    const many = Array.from({ length: 40 }, (_, number) => ({ name: `many-${number}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`${number}`) }));
    await command(page, 'Focus on Files Explorer');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), menu('src', 'Upload...')]);
    let lists = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.endsWith('/workspaces/demo/files')) lists += 1;
    });
    await chooser.setFiles(many);
    await eventually('all are on disk', () => many.every(({ name, buffer }) => there(`src/${name}`) && onDisk(`src/${name}`) === `${buffer}`));
    await row('many-0.csv').waitFor();
    expect(lists <= many.length / 4, `${lists} lists for ${many.length} files`);
    return { lists };
  });
  await check('the pages log no errors', () => {
    // The workbench also logs what it says about the refused upload and the refused zip file.
    const others = errors.filter((one) => !/larger than 32 MiB|zip file was refused/.test(one));
    expect(others.length === 0, others.join(' | '));
  });
});
