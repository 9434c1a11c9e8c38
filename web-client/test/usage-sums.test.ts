import type { UsageListEntry } from '@qide/client';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GROUPS, lastDays, overTime, ticks } from '../src/account/usage-sums.js';

const entry = (day: string, model: string, tokens: number, cost = 0): UsageListEntry => ({
  day,
  person: 'ann',
  workspace: 'demo',
  model,
  purpose: 'chat',
  estimated: false,
  calls: 1,
  inputTokens: tokens,
  outputTokens: 1,
  cost,
  completionsShown: 4,
  completionsAccepted: 1,
});

describe('usage over time', () => {
  it('counts the days of a range in UTC, both included', () => {
    const now = Date.parse('2026-03-01T23:30:00-05:00');
    assert.deepEqual(lastDays(3, now), { from: '2026-02-28', to: '2026-03-02' });
    assert.deepEqual(lastDays(1, now), { from: '2026-03-02', to: '2026-03-02' });
  });

  it('is split by day and by group, the largest group first', () => {
    const entries = [entry('2026-03-01', 'small', 1), entry('2026-03-01', 'large', 10), entry('2026-03-03', 'large', 20), entry('2026-02-28', 'large', 1_000)];
    const { groups, buckets, sum } = overTime(entries, { from: '2026-03-01', to: '2026-03-03' }, 'model', 'tokens');
    assert.deepEqual(groups.map(({ id }) => id), ['large', 'small']);
    assert.deepEqual(buckets.map(({ from, values }) => [from, ...values]), [
      ['2026-03-01', 11, 2],
      ['2026-03-02', 0, 0],
      ['2026-03-03', 21, 0],
    ]);
    assert.deepEqual(sum, { calls: 3, inputTokens: 31, outputTokens: 3, cost: 0, completionsShown: 12, completionsAccepted: 3 });
  });

  it('has every entry in one bar when the range is long', () => {
    const range = { from: '2026-01-01', to: '2026-03-31' };
    const entries = [entry('2026-01-01', 'm', 1, 0.5), entry('2026-02-14', 'm', 1, 1), entry('2026-03-31', 'm', 1, 2)];
    const { buckets } = overTime(entries, range, 'model', 'cost');
    assert.equal(buckets.length, 13);
    assert.deepEqual([buckets[0]!.from, buckets[0]!.to], ['2026-01-01', '2026-01-06']);
    assert.deepEqual([buckets.at(-1)!.from, buckets.at(-1)!.to], ['2026-03-25', '2026-03-31']);
    assert.equal(buckets.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0), 3.5);
  });

  it('has one colour for all groups beyond the largest', () => {
    const names = Array.from({ length: GROUPS + 5 }, (_, index) => `m${index}`);
    const { groups, buckets } = overTime(names.map((name, index) => entry('2026-03-01', name, 100 - index)), { from: '2026-03-01', to: '2026-03-01' }, 'model', 'tokens');
    assert.equal(groups.length, GROUPS + 1);
    assert.equal(groups.at(-1)!.id, null);
    assert.equal(groups.at(-1)!.sum.calls, 5);
    assert.equal(buckets[0]!.values.at(-1), 94 + 93 + 92 + 91 + 90 + 5);
  });

  it('has an axis of round numbers that reaches the largest value', () => {
    assert.deepEqual(ticks(0), [0]);
    assert.deepEqual(ticks(4), [0, 1, 2, 3, 4]);
    assert.deepEqual(ticks(950), [0, 250, 500, 750, 1000]);
    for (const most of [0.0003, 0.7, 1, 13, 99, 12_345, 8e9]) {
      const lines = ticks(most);
      assert.ok(lines.at(-1)! >= most * (1 - 1e-9) && lines.length >= 3 && lines.length <= 6, `${most}: ${lines}`);
    }
  });
});
