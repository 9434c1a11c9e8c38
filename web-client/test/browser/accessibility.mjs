// axe finds nothing serious or critical: light and dark, on a desk and on a phone, with a file, its problems, the search
// and the people shown.

import { violations } from './axe.mjs';
import { check, command, expect, openFile, openWindow, run } from './harness.mjs';

/** What VS Code's own widgets have and this page cannot change: buttons in tabs and in headers of panes, a label of the problems. */
const OF_THE_WORKBENCH = [/^nested-interactive: .*class="(tab|pane-header) /, /^aria-prohibited-attr: .*markers-panel-arialabel/];

await run(async (browser) => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, window] of [
      ['desk', { viewport: { width: 1440, height: 900 } }],
      ['phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ]) {
      await check(`nothing serious on a ${name}, ${colorScheme}`, async () => {
        const { page, context } = await openWindow(browser, { ...window, colorScheme });
        await openFile(page, 'src/shapes.py');
        const found = new Set(await violations(page));
        for (const title of ['Focus on Members View', 'Open Team Chat', 'Focus on Files Explorer', 'Focus on Problems View']) {
          await command(page, title);
          for (const one of await violations(page)) found.add(one);
        }
        await context.close();
        const own = [...found].filter((one) => !OF_THE_WORKBENCH.some((known) => known.test(one)));
        expect(own.length === 0, own.join('\n'));
      });
    }
  }
});
