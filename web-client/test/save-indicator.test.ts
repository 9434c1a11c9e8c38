import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf, SaveIndicator, type SaveSituation } from '../src/text/save-indicator.js';

const CALM: SaveSituation = { isOnline: true, isDatabaseDown: false, unacknowledged: 0, hasFile: true, isReadOnly: false, isForbidden: false, isUnshared: false };

describe('reportOf', () => {
  const check = (change: Partial<SaveSituation>, text: string, isSlow = false) =>
    assert.equal(reportOf({ ...CALM, ...change }, isSlow).text, text);

  it('derives the text from acknowledgements', () => {
    check({}, 'Saved');
    check({ unacknowledged: 2 }, 'Saving…');
    check({ unacknowledged: 2 }, 'Saving… 2 edits kept here until then', true);
    check({ unacknowledged: 1, isOnline: false }, 'Offline: 1 edit kept here');
    check({ unacknowledged: 3, isOnline: false, isDatabaseDown: true }, 'Offline: 3 edits kept here');
    check({ isOnline: false }, 'Offline');
    check({ unacknowledged: 3, isDatabaseDown: true }, '3 edits kept here');
    check({ isDatabaseDown: true }, 'Saved');
    check({ isReadOnly: true }, 'Read only');
    check({ isReadOnly: true, isForbidden: true, unacknowledged: 2 }, 'Read only: 2 edits kept here', true);
    check({ isUnshared: true }, 'Not shared');
    check({ hasFile: false }, '');
  });
});

describe('SaveIndicator', () => {
  const next = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function meter() {
    const states: string[] = [];
    return { states, it: new SaveIndicator(({ state }) => states.push(state), 20) };
  }

  it('reports slow saving while no acknowledgement comes, and stops when one does', async () => {
    const { states, it } = meter();
    it.update({ ...CALM, unacknowledged: 2 });
    await next(60);
    it.update({ ...CALM, unacknowledged: 1 });
    it.update(CALM);
    assert.deepEqual(states, ['saving', 'slow', 'saving', 'saved']);
  });

  it('does not report slow saving offline', async () => {
    const { states, it } = meter();
    it.update({ ...CALM, unacknowledged: 1 });
    it.update({ ...CALM, unacknowledged: 1, isOnline: false });
    await next(60);
    assert.deepEqual(states, ['saving', 'offline']);
  });
});
