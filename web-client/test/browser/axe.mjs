// Shared by the scripts that run axe: what it finds that is serious.

import { readFileSync } from 'node:fs';

const axe = readFileSync(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe reports as serious or critical below a selector, one line each. */
export async function violations(page, selector = 'html') {
  await page.evaluate(axe);
  return page.evaluate(async (part) => {
    const { violations: found } = await globalThis.axe.run(part, { resultTypes: ['violations'] });
    return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  }, selector);
}
