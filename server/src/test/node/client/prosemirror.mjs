// Two people in stock ProseMirror editors with y-prosemirror and @hocuspocus/provider: `node prosemirror.mjs ADDRESS TOKEN WORKSPACE`.
import { bundled, inBrowser, openPage, until } from './pages.mjs';

const [address, token, name] = process.argv.slice(2);

await inBrowser('two people edited one letter', async (browser, errors) => {
  const bundle = await bundled({ entryPoints: { page: 'prosemirror-page.mjs' } });
  const url = new URL(`collab/${name}`, address).href.replace(/^http/, 'ws');
  const open = (person) => openPage(browser, address, bundle, { url, token, person }, errors);
  const [ann, bob] = [await open('Ann'), await open('Bob')];
  const text = (page) => page.locator('.ProseMirror p').allTextContents();
  const shows = async (page, line) => (await text(page)).some((one) => one.includes(line));

  await ann.locator('.ProseMirror').click();
  await ann.keyboard.type('Dear Bob,');
  await until('the greeting is shown', () => shows(bob, 'Dear Bob,'));
  await bob.locator('.ProseMirror').click();
  await bob.keyboard.press('Control+End');
  await bob.keyboard.type(' hello Ann');
  await until('the answer is shown', () => shows(ann, 'Dear Bob, hello Ann'));
  await ann.locator('.ProseMirror-yjs-cursor', { hasText: 'Bob' }).first().waitFor({ state: 'attached' });
  await until('what Bob typed is undone', async () => {
    await bob.keyboard.press('Control+z');
    return !(await shows(ann, ', '));
  });
  if (!(await shows(ann, 'Dear Bob,'))) throw new Error(`undone: ${await text(ann)}`);

  await until('the server has stored it', () => ann.evaluate(() => window.editing.isStored()));
  await Promise.all([ann.close(), bob.close()]);
  const later = await open('Ann');
  await until('the letter is there in another page', () => shows(later, 'Dear Bob,'));
});
