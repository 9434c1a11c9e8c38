// The page behind a proxy that serves it below /ide/ and strips that prefix: login, files, sockets,
// downloads and new workspaces stay below the prefix.

import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { answer, caretAfter, check, command, connected, eventually, expect, openFile, openWindow, pick, run, saved, text } from './harness.mjs';

const PREFIX = '/ide';
const target = new URL(process.env.QIDE_URL);
const outside = [];

/** The path behind the prefix; null for one that is not below it. */
function stripped(url) {
  if (url.startsWith(`${PREFIX}/`)) return url.slice(PREFIX.length);
  outside.push(url);
  return null;
}

const proxy = createServer((asked, answer) => {
  const path = stripped(asked.url);
  if (path === null) return answer.writeHead(404).end();
  const { hostname, port } = target;
  const onward = request({ hostname, port, path, method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
});
proxy.on('upgrade', (asked, near, head) => {
  const path = stripped(asked.url);
  if (path === null) return near.destroy();
  const far = connect(Number(target.port), target.hostname, () => {
    const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    far.write(`${asked.method} ${path} HTTP/1.1\r\n${headers.join('')}\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
  });
  far.on('error', () => near.destroy());
  near.on('error', () => far.destroy());
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${proxy.address().port}${PREFIX}/`;

await run(async (browser) => {
  const { page, context, errors } = await openWindow(browser, { acceptDownloads: true }, base + target.hash);
  const refused = [];
  page.on('response', (response) => response.status() >= 400 && refused.push(`${response.status()} ${response.url()}`));

  await check('login gives a cookie of the prefix alone', async () => {
    const cookies = await context.cookies();
    expect(cookies.length === 1 && cookies[0].path === `${PREFIX}/`, JSON.stringify(cookies));
    await page.reload();
    await connected(page);
  });
  await check('a file is opened and typed into', async () => {
    await openFile(page, 'README.md');
    await caretAfter(page, 'A small');
    await page.keyboard.type(' below a prefix');
    await saved(page);
    expect((await text(page)).includes('below a prefix'), await text(page));
  });
  await check('the workspace is downloaded', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), command(page, 'Download the Workspace as a Zip File')]);
    expect((await download.failure()) === null, 'it failed');
  });
  await check('a new workspace is opened below the prefix', async () => {
    await command(page, 'New Workspace…');
    await pick(page, 'Nothing');
    await answer(page, 'below');
    await eventually('it is open', () => page.url().startsWith(`${base}?workspace=below`));
    await page.waitForSelector('html[data-ready]');
    await connected(page);
  });
  await check('nothing is requested outside the prefix', async () => {
    expect(outside.length === 0, outside.join(' '));
    expect(refused.length === 0, refused.join(' '));
    expect(errors.length === 0, errors.join('\n'));
  });
});
