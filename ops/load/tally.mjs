// How long each kind of request took, and what failed.
import { createHistogram } from 'node:perf_hooks';

const MESSAGES_MAX = 5;
/** Times are whole microseconds with three significant digits, up to an hour. */
const HISTOGRAM = { lowest: 1, highest: 3_600_000_000, figures: 3 };
const MICROSECONDS = 1_000;

class Kind {
  times = createHistogram(HISTOGRAM);
  /** Those since the last question about recent ones. */
  recent = createHistogram(HISTOGRAM);
  failed = 0;
  messages = new Set();

  add(milliseconds) {
    const microseconds = Math.max(1, Math.round(milliseconds * MICROSECONDS));
    this.times.record(microseconds);
    this.recent.record(microseconds);
  }
}

const milliseconds = (histogram, percentile) => (histogram.count > 0 ? histogram.percentile(percentile) / MICROSECONDS : NaN);

export class Tally {
  #kinds = new Map();
  /** Whether requests count now: not in the warm-up. */
  isOn = false;

  #of(name) {
    if (!this.#kinds.has(name)) this.#kinds.set(name, new Kind());
    return this.#kinds.get(name);
  }

  add(name, milliseconds) {
    if (this.isOn) this.#of(name).add(milliseconds);
  }

  /** A failure counts in the warm-up too. */
  fail(name, why) {
    const kind = this.#of(name);
    kind.failed++;
    if (kind.messages.size < MESSAGES_MAX) kind.messages.add(why);
  }

  /** Runs a request, and counts it. */
  async time(name, request) {
    const begun = performance.now();
    try {
      const result = await request();
      this.add(name, performance.now() - begun);
      return result;
    } catch (failure) {
      this.fail(name, failure.message);
      return undefined;
    }
  }

  /** The times so far, as [{ name, count, failed, messages, p50, p99, max }] in milliseconds; NaN without a time. */
  figures() {
    return [...this.#kinds].map(([name, { times, failed, messages }]) => ({
      name,
      count: times.count,
      p50: milliseconds(times, 50),
      p99: milliseconds(times, 99),
      max: milliseconds(times, 100),
      failed,
      messages: [...messages],
    }));
  }

  /** The 99th percentile of a kind's times since the last call, in milliseconds; NaN without any. Used for the course of a long run. */
  recent(name) {
    const kind = this.#of(name);
    const p99 = milliseconds(kind.recent, 99);
    kind.recent.reset();
    return p99;
  }
}
