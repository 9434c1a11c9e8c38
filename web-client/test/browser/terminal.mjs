// A terminal in the page: a command, its output, the size, a page that is loaded again, a split, a lost connection, the
// exit; light, dark, and the keys of a phone. With --without, a server without terminals: the page loads nothing of them.

import { violations } from './axe.mjs';
import { check, command, eventually, expect, notifications, openPage, openWindow, run, screenshot, silentProxy, squeezed } from './harness.mjs';

const PANEL = '.part.panel';
const TERMINAL = '.terminal-wrapper.active .xterm';
const KEYS = '.terminal-keys';

/** The visible text of the terminal, which its accessible rows or its drawn rows have. */
const shown = (page) =>
  page.evaluate((selector) => [...document.querySelectorAll(`${selector} .xterm-rows > div`)].map((row) => row.textContent).join('\n'), TERMINAL);

/** Windows without WebGL: the terminal then draws its text as elements of the page, which this script reads. */
const withoutWebGl = (browser) => ({
  newContext: async (options) => {
    const context = await browser.newContext(options);
    await context.addInitScript(() => {
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
      };
    });
    return context;
  },
});

async function type(page, text) {
  await page.locator(`${TERMINAL} textarea.xterm-helper-textarea`).focus();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

async function open(page) {
  await command(page, 'Q-IDE: New Terminal');
  await eventually('a prompt is shown', async () => /\$\s/.test(await shown(page)));
}

/** Shows the panel, as a page may do by itself: one that was left early may not have stored that it was shown. */
async function reveal(page) {
  const panel = page.locator(PANEL);
  await eventually('the panel is shown', async () => {
    if (await panel.isVisible()) return true;
    await page.keyboard.press('Control+`');
    return panel.waitFor({ timeout: 5_000 }).then(() => true, () => false);
  });
}

const hasFocus = (page) => eventually('it has the focus', () => page.evaluate(() => document.activeElement.matches('.xterm-helper-textarea')));

/** The list of terminals beside them, which is there if there are several. */
const names = (page) => page.locator('.tabs-list').innerText();

const terminals = (page) => page.locator('.terminal-wrapper').count();

const loaded = (page) => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /xterm|terminal-service/i.test(name)).length);

/** The keys that the keyboard of a phone lacks: they keep its focus in the terminal, and a program gets what it expects. */
async function onPhone(page) {
  const row = page.locator(KEYS);
  const key = (name) => row.getByRole('button', { name, exact: true });
  expect(!(await row.isVisible()), 'the keys are shown without a terminal');
  await page.locator('.phone-bar').getByRole('button', { name: 'Terminal' }).tap();
  await eventually('a prompt is shown', async () => /\$\s/.test(await shown(page)));
  await type(page, 'echo $((6*7))');
  await eventually('42 is shown', async () => /^42\s*$/m.test(await shown(page)));
  await row.waitFor();
  await everyButtonIsReachable(page, KEYS);
  await everyButtonIsReachable(page, '.phone-bar');
  await eventually('the terminal ends above the keys', async () => {
    const [terminal, keys] = [await page.locator(TERMINAL).boundingBox(), await row.boundingBox()];
    return terminal.y + terminal.height <= keys.y + 0.5;
  });
  await type(page, "clear; sh -c 'echo begun-$((1+1)); sleep 1000'");
  await eventually('it has begun', async () => /begun-2/.test(await shown(page)));
  await key('Ctrl').tap();
  expect((await key('Ctrl').getAttribute('aria-pressed')) === 'true', 'Ctrl is not held');
  await page.keyboard.type('c');
  await eventually('Ctrl is released', async () => (await key('Ctrl').getAttribute('aria-pressed')) === 'false');
  await page.keyboard.type('echo code-$?');
  await page.keyboard.press('Enter');
  await eventually('Ctrl and C have ended it', async () => /^code-130/m.test(await shown(page)));
  await page.keyboard.type('clear; echo ab-$((1+1))-d');
  await key('Left').tap();
  await page.keyboard.type('c');
  await page.keyboard.press('Enter');
  await eventually('the caret moved', async () => /^ab-2-cd/m.test(await shown(page)));
  await key('Up').tap();
  await eventually('the last line is there again', async () => squeezed(await shown(page)).endsWith('$clear;echoab-$((1+1))-cd'));
  await key('Ctrl').tap();
  await page.keyboard.type('u');
  await page.keyboard.type('cat -v');
  await page.keyboard.press('Enter');
  for (const name of ['Esc', 'Tab', 'Right']) await key(name).tap();
  await page.keyboard.press('Enter');
  // An interrupt discards what the program has not read yet.
  await eventually('Escape, Tab and an arrow have arrived', async () => /\^\[\s+\^\[\[C/.test(await shown(page)));
  await key('Ctrl').tap();
  await page.keyboard.type('c');
  // In the mode of editors, the arrows have other sequences.
  await type(page, "clear; printf '\\e[?1h'; echo mode-$((40+2)); cat -v");
  await eventually('the mode is set', async () => /mode-42/.test(await shown(page)));
  await key('Right').tap();
  await page.keyboard.press('Enter');
  await eventually('the arrow is as the program wants it', async () => /\^\[OC/.test(await shown(page)));
  await key('Ctrl').tap();
  await page.keyboard.type('c');
  await type(page, "printf '\\e[?1l'; clear");
  expect(await row.isVisible(), 'the keys are gone');
  await page.setViewportSize({ width: 360, height: 800 });
  await everyButtonIsReachable(page, '.phone-bar');
  await page.setViewportSize({ width: 390, height: 844 });
}

/** Its buttons lie within the window, are large enough for a finger, and their words are whole. */
async function everyButtonIsReachable(page, bar) {
  const { width } = page.viewportSize();
  for (const button of await page.locator(`${bar} button`).all()) {
    const box = await button.boundingBox();
    const label = await button.locator('span').last().boundingBox();
    const name = await button.innerText();
    expect(Math.min(box.width, box.height) >= 40, `${name} is ${box.width} × ${box.height} pixels`);
    expect(label.x >= box.x && label.x + label.width <= box.x + box.width + 0.5, `${name} is cut`);
    expect(label.x >= 3 && label.x + label.width <= width - 3, `${name} touches the edge`);
  }
}

async function withTerminals(browser) {
  const proxy = await silentProxy();
  const { page, errors } = await openWindow(browser, {}, proxy.link);
  await check('Ctrl+` opens a shell, hides it and shows it again', async () => {
    await page.keyboard.press('Control+`');
    await eventually('a prompt is shown', async () => /\$\s/.test(await shown(page)));
    await hasFocus(page);
    await page.keyboard.press('Control+`');
    await eventually('it is hidden', async () => (await page.locator(TERMINAL).filter({ visible: true }).count()) === 0);
    await page.keyboard.press('Control+`');
    await eventually('it is shown', async () => (await page.locator(TERMINAL).filter({ visible: true }).count()) === 1);
    await hasFocus(page);
    expect((await terminals(page)) === 1, `${await terminals(page)} terminals`);
  });
  await check('a command is run and its output shown', async () => {
    await type(page, 'echo $((6*7))');
    await eventually('42 is shown', async () => /^42\s*$/m.test(await shown(page)));
  });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await type(page, "printf '\\e[31mred \\e[32mgreen \\e[34mblue\\e[0m\\n'");
    await eventually('colours are shown', async () => /red green blue/.test(await shown(page)));
    await screenshot(page, `terminal-${colorScheme}`);
    await check(`axe finds nothing serious, ${colorScheme}`, async () => {
      const found = await violations(page, PANEL);
      expect(found.length === 0, found.join(' | '));
    });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await check('the shell follows the size of the terminal', async () => {
    await page.setViewportSize({ width: 900, height: 700 });
    await eventually('stty says another size', async () => {
      await type(page, 'clear; stty size');
      return Number(/^\d+ (\d+)\s*$/m.exec(await shown(page))?.[1] ?? 999) < 110;
    });
  });
  await check('Ctrl+C ends a program', async () => {
    await type(page, "sh -c 'echo begun-$((1+1)); sleep 1000'");
    await eventually('it has begun', async () => /begun-2/.test(await shown(page)));
    await page.keyboard.press('Control+c');
    await type(page, 'echo code-$?');
    await eventually('it has ended', async () => /code-130/.test(await shown(page)));
  });
  await check('a page that is loaded again shows its shell again', async () => {
    await type(page, 'clear; kept=here-$((40+2)); echo set-$((40+2))');
    await eventually('it is set', async () => /set-42/.test(await shown(page)));
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    await reveal(page);
    await eventually('its output is shown', async () => /set-42/.test(await shown(page)));
    await type(page, 'clear; echo still-$kept');
    await eventually('it is the same shell', async () => /still-here-42/.test(await shown(page)));
    expect((await terminals(page)) === 1, `${await terminals(page)} terminals`);
  });
  await check('a terminal can be split, and each has its shell and number as name', async () => {
    await type(page, 'clear; echo first-$((40+2))');
    await eventually('it is written', async () => /first-42/.test(await shown(page)));
    await command(page, 'Terminal: Split Terminal');
    await eventually('two are shown', async () => (await page.locator(TERMINAL).filter({ visible: true }).count()) === 2);
    await eventually('they have names', async () => /bash\s1[^]*bash\s2/.test(await names(page)));
    const second = page.locator(TERMINAL).last();
    await eventually('the second has a prompt', async () => /\$\s/.test(await second.locator('.xterm-rows').innerText()));
    const input = second.locator('textarea.xterm-helper-textarea');
    // Each key by itself: the palette gives the focus back late.
    for (const key of [...'exit', 'Enter']) await input.press(key);
    await eventually('the second has ended', async () => (await terminals(page)) === 1);
    expect((await page.locator('.monaco-dialog-box').count()) === 0, 'an error is reported');
    expect(/first-42/.test(await shown(page)) && !/exit/.test(await shown(page)), await shown(page));
  });
  await check('the shell continues after a lost connection', async () => {
    await type(page, 'clear; echo away-$((1+1)); sleep 3; echo missed-$((40+2))');
    await eventually('it has begun', async () => /away-2/.test(await shown(page)));
    proxy.silence(true);
    await type(page, 'echo typed-$((40+2))');
    proxy.silence(false);
    await eventually('what was missed is shown', async () => /missed-42/.test(await shown(page)));
    await eventually('what was typed meanwhile has arrived', async () => /typed-42/.test(await shown(page)));
    expect((await shown(page)).match(/typed-42/g).length === 1, await shown(page));
  });
  await check('a terminal closes when its shell exits', async () => {
    await type(page, 'exit');
    await eventually('it is gone', async () => (await page.locator(TERMINAL).count()) === 0);
  });
  await check('a page that is closed leaves its shell to the next one', async () => {
    const { context } = await openWindow(browser, {}, proxy.link);
    const [first] = context.pages();
    await open(first);
    await type(first, 'kept=$((50+2)); echo set-$kept');
    await eventually('it is set', async () => /set-52/.test(await shown(first)));
    await Promise.all([first.waitForEvent('close'), first.close({ runBeforeUnload: true })]);
    const { page: second } = await openPage(context, proxy.link);
    await reveal(second);
    await eventually('its output is shown', async () => /set-52/.test(await shown(second)));
    await type(second, 'exit');
    await eventually('it is gone', async () => (await second.locator(TERMINAL).count()) === 0);
    await context.close();
  });
  await check('a key that is pressed while the page loads opens one shell, not an empty panel', async () => {
    const { context } = await openWindow(browser, {}, proxy.link);
    const early = await context.newPage();
    await early.goto(proxy.link);
    await early.waitForSelector('.monaco-workbench .part.editor');
    await eventually('the key has an effect', async () => {
      await early.keyboard.press('Control+`');
      return (await early.locator(PANEL).filter({ visible: true }).count()) === 1;
    });
    await eventually('a prompt is shown', async () => /\$\s/.test(await shown(early)));
    expect((await terminals(early)) === 1, `${await terminals(early)} terminals`);
    await type(early, 'exit');
    await eventually('it is gone', async () => (await early.locator(TERMINAL).count()) === 0);
    await context.close();
  });
  await check('no errors', () => expect(errors.length === 0, errors.join(' | ')));
  const phone = await openWindow(browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await check('a phone has a button that opens a terminal, and a row of keys below it', () => onPhone(phone.page));
  for (const colorScheme of ['light', 'dark']) {
    await phone.page.emulateMedia({ colorScheme });
    await phone.page.locator(`.monaco-workbench.${colorScheme === 'dark' ? 'vs-dark' : 'vs'}`).waitFor();
    await screenshot(phone.page, `terminal-phone-${colorScheme}`);
    await check(`axe finds nothing serious on the phone, ${colorScheme}`, async () => {
      const found = [...(await violations(phone.page, KEYS)), ...(await violations(phone.page, '.phone-bar'))];
      expect(found.length === 0, found.join(' | '));
    });
  }
  await check('no errors on the phone', () => expect(phone.errors.length === 0, phone.errors.join(' | ')));
  proxy.end();
}

await run(async (browser) => {
  if (!process.argv.includes('--without')) return withTerminals(withoutWebGl(browser));
  const { page, errors } = await openWindow(browser);
  const isTold = async () => (await notifications(page)).some((sentence) => sentence.includes('Terminals are off on this server. Ask the operator to set QIDE_TERMINALS.'));
  await check('an owner learns from Ctrl+` why there are no terminals', async () => {
    // The key has a meaning as soon as the server has said what the person may do.
    await eventually('the reason is shown', async () => {
      await page.keyboard.press('Control+`');
      return isTold();
    });
    await command(page, 'Notifications: Clear All Notifications');
    await eventually('it is gone', async () => !(await isTold()));
  });
  await check('an owner learns it from the command too, and is offered no other', async () => {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget:visible input[type=text]').fill('>Q-IDE: ');
    const offered = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Terminal' });
    await offered.first().waitFor();
    expect((await offered.count()) === 1, `${await offered.count()} commands`);
    await offered.first().click();
    await eventually('the reason is shown', isTold);
  });
  await check('the page has not loaded the terminal', async () => expect((await loaded(page)) === 0, `${await loaded(page)} files`));
  await check('no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
