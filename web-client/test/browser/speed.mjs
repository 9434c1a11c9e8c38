// Measures the page, cold and with a warm cache: bytes on the wire, the frame, the tree, a file, the first edit, and the
// heap after a garbage collection. Prints one JSON line a visit. It is no test: the figures go to docs/benchmarks.md.
// Arguments: --visits N (3); --megabits N slows the line down to N Mbit/s with 40 ms of latency.

import { parseArgs } from 'node:util';
import { editorOf, eventually, explorerRow, run, saved } from './harness.mjs';

const { values } = parseArgs({ options: { visits: { type: 'string', default: '3' }, megabits: { type: 'string' } } });
const BITS = 8;

async function visit(context, page, name) {
  const devtools = await context.newCDPSession(page);
  let bytes = 0;
  let requests = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await devtools.send('Network.enable');
  await devtools.send('Performance.enable');
  if (values.megabits) {
    const throughput = (Number(values.megabits) * 1_000_000) / BITS;
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 40, downloadThroughput: throughput, uploadThroughput: throughput });
  }
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  await page.goto(process.env.QIDE_URL.replace(/#.*/, ''), { waitUntil: 'commit' });
  await page.locator('.skeleton, .monaco-workbench').first().waitFor({ state: 'attached' });
  const frame = since();
  await explorerRow(page, 'README.md').waitFor();
  const tree = since();
  await explorerRow(page, 'README.md').dblclick();
  await editorOf(page, 'README.md').locator('.view-line', { hasText: 'Shapes' }).waitFor();
  const file = since();
  await editorOf(page, 'README.md').locator('.view-line').first().click();
  await page.keyboard.type('x');
  await eventually('the letter is there', () => page.locator('.view-line', { hasText: 'x' }).count());
  const edit = since();
  await saved(page);
  await page.keyboard.press('Control+z');
  await saved(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const heap = metrics.find(({ name: one }) => one === 'JSHeapUsedSize').value;
  process.stdout.write(`${JSON.stringify({ visit: name, frame, tree, file, edit, kilobytes: Math.round(bytes / 1024), requests, heapMebibytes: Math.round(heap / 2 ** 20) })}\n`);
  await devtools.detach();
}

await run(async (browser) => {
  for (let number = 0; number < Number(values.visits); number += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const token = new URLSearchParams(new URL(process.env.QIDE_URL).hash.slice(1)).get('token');
    await page.request.post(new URL('/api/login', process.env.QIDE_URL).href, { data: { token }, headers: { 'X-Qide': '1' } });
    await visit(context, page, 'cold');
    await page.goto('about:blank');
    await visit(context, page, 'warm');
    await context.close();
  }
});
