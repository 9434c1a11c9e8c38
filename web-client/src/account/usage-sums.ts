import type { UsageListEntry } from '@qide/client';

/** By what usage is split. */
export type Grouping = 'model' | 'person' | 'workspace';

/** What is counted. */
export type Measure = 'tokens' | 'cost';

/** At most so many groups have a colour of their own; the others are one. */
export const GROUPS = 6;
const DAY_MILLISECONDS = 86_400_000;
/** A longer range is shown by week. */
const DAYS_SHOWN_SINGLY = 31;

export interface Sum {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly completionsShown: number;
  readonly completionsAccepted: number;
}

const NOTHING: Sum = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0, completionsShown: 0, completionsAccepted: 0 };

/** A group, the largest first; the last may be the rest of them. */
export interface Group {
  /** The id of a model, person or workspace; null for the rest. */
  readonly id: string | null;
  readonly sum: Sum;
}

/** One bar of the chart. */
export interface Bucket {
  /** The first day, ISO 8601. */
  readonly from: string;
  /** The last day, ISO 8601. */
  readonly to: string;
  /** The values of the groups, in their order. */
  readonly values: readonly number[];
  readonly sum: Sum;
}

/** Usage in a range of days. */
export interface UsageOverTime {
  readonly groups: readonly Group[];
  readonly buckets: readonly Bucket[];
  readonly sum: Sum;
}

/** The days of a range, both included, ISO 8601. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** The last `days` days until today, in UTC as on the server. */
export function lastDays(days: number, now: number): Range {
  return { from: dayOf(now - (days - 1) * DAY_MILLISECONDS), to: dayOf(now) };
}

/** Splits usage by day or week, and by what `grouping` names. Entries outside the range do not count. */
export function overTime(entries: readonly UsageListEntry[], range: Range, grouping: Grouping, measure: Measure): UsageOverTime {
  const inside = entries.filter(({ day }) => day >= range.from && day <= range.to);
  const groups = largest(inside, grouping, measure);
  const indexOf = new Map(groups.map(({ id }, index) => [id, index]));
  const buckets = emptyBuckets(range, groups.length);
  const bucketOfDay = new Map<string, (typeof buckets)[number]>();
  for (const bucket of buckets) for (const day of daysOf(bucket)) bucketOfDay.set(day, bucket);
  for (const entry of inside) {
    const bucket = bucketOfDay.get(entry.day);
    if (bucket === undefined) continue;
    const index = indexOf.get(entry[grouping]) ?? groups.length - 1;
    bucket.values[index] = (bucket.values[index] ?? 0) + valueOf(entry, measure);
    bucket.sum = plus(bucket.sum, entry);
  }
  return { groups, buckets, sum: inside.reduce(plus, NOTHING) };
}

export function valueOf({ inputTokens, outputTokens, cost }: Pick<Sum, 'inputTokens' | 'outputTokens' | 'cost'>, measure: Measure): number {
  return measure === 'cost' ? cost : inputTokens + outputTokens;
}

/** Round numbers from 0 to at least `most`, for the lines of an axis. */
export function ticks(most: number): number[] {
  if (most <= 0) return [0];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

function largest(entries: readonly UsageListEntry[], grouping: Grouping, measure: Measure): Group[] {
  const sums = new Map<string, Sum>();
  for (const entry of entries) sums.set(entry[grouping], plus(sums.get(entry[grouping]) ?? NOTHING, entry));
  const sorted = [...sums].map(([id, sum]) => ({ id, sum })).sort((one, other) => valueOf(other.sum, measure) - valueOf(one.sum, measure) || one.id.localeCompare(other.id));
  if (sorted.length <= GROUPS + 1) return sorted;
  return [...sorted.slice(0, GROUPS), { id: null, sum: sorted.slice(GROUPS).reduce((sum, one) => plus(sum, one.sum), NOTHING) }];
}

function emptyBuckets({ from, to }: Range, groups: number) {
  const days = daysOf({ from, to });
  const size = days.length > DAYS_SHOWN_SINGLY ? 7 : 1;
  const buckets: { from: string; to: string; values: number[]; sum: Sum }[] = [];
  // The last week ends today; the first one may be shorter.
  for (let end = days.length; end > 0; end -= size) {
    buckets.unshift({ from: days[Math.max(0, end - size)]!, to: days[end - 1]!, values: Array.from({ length: groups }, () => 0), sum: NOTHING });
  }
  return buckets;
}

function daysOf({ from, to }: Range): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MILLISECONDS) days.push(dayOf(time));
  return days;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function plus(one: Sum, other: Sum): Sum {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cost: one.cost + other.cost,
    completionsShown: one.completionsShown + other.completionsShown,
    completionsAccepted: one.completionsAccepted + other.completionsAccepted,
  };
}
