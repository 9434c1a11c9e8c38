import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf, SaveMeter, type SaveSituation } from '../src/save-meter.js';

const CALM: SaveSituation = { isOnline: true, isDatabaseDown: false, unacknowledged: 0, hasFile: true, isReadOnly: false, isApart: false };

describe('reportOf', () => {
  const check = (change: Partial<SaveSituation>, words: string, isSlow = false) =>
    assert.equal(reportOf({ ...CALM, ...change }, isSlow).words, words);

  it('says in words what acknowledgements tell', () => {
    check({}, 'Saved');
    check({ unacknowledged: 2 }, 'Saving…');
    check({ unacknowledged: 2 }, 'Saving… 2 edits kept here until then', true);
    check({ unacknowledged: 1, isOnline: false }, 'Offline: 1 edit kept here');
    check({ unacknowledged: 3, isOnline: false, isDatabaseDown: true }, 'Offline: 3 edits kept here');
    check({ isOnline: false }, 'Offline');
    check({ unacknowledged: 3, isDatabaseDown: true }, '3 edits kept here');
    check({ isDatabaseDown: true }, 'Saved');
    check({ isReadOnly: true }, 'Read only');
    check({ isApart: true }, 'Not shared');
    check({ hasFile: false }, '');
  });
});

describe('SaveMeter', () => {
  const next = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function meter() {
    const states: string[] = [];
    return { states, it: new SaveMeter(({ state }) => states.push(state), 20) };
  }

  it('says that saving takes long when no acknowledgement comes, and no more when one has', async () => {
    const { states, it } = meter();
    it.update({ ...CALM, unacknowledged: 2 });
    await next(60);
    it.update({ ...CALM, unacknowledged: 1 });
    it.update(CALM);
    assert.deepEqual(states, ['saving', 'slow', 'saving', 'saved']);
  });

  it('does not say so offline', async () => {
    const { states, it } = meter();
    it.update({ ...CALM, unacknowledged: 1 });
    it.update({ ...CALM, unacknowledged: 1, isOnline: false });
    await next(60);
    assert.deepEqual(states, ['saving', 'offline']);
  });
});
