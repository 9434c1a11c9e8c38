// How long each kind of request took, and what failed.
import { ofSamples } from './figures.mjs';

const SAMPLES_MAX = 1_000_000;
const MESSAGES_MAX = 5;

class Kind {
  milliseconds = [];
  /** Requests beyond SAMPLES_MAX: counted, but without a time. */
  beyond = 0;
  failed = 0;
  messages = new Set();
}

export class Tally {
  #kinds = new Map();
  /** Whether requests count now: not in the warm-up. */
  isOn = false;

  #of(name) {
    if (!this.#kinds.has(name)) this.#kinds.set(name, new Kind());
    return this.#kinds.get(name);
  }

  add(name, milliseconds) {
    if (!this.isOn) return;
    const kind = this.#of(name);
    if (kind.milliseconds.length < SAMPLES_MAX) kind.milliseconds.push(milliseconds);
    else kind.beyond++;
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

  /** The times so far, as [{ name, count, failed, messages, p50, p99, max }] in milliseconds. */
  figures() {
    return [...this.#kinds].map(([name, { milliseconds, beyond, failed, messages }]) => {
      const times = ofSamples(Float64Array.from(milliseconds));
      return { name, ...times, count: times.count + beyond, failed, messages: [...messages] };
    });
  }

  /** The 99th percentile of a kind's times since the last call, in milliseconds; NaN without any. Used for the course of a long run. */
  recent(name) {
    const { milliseconds } = this.#of(name);
    const from = this.#recentFrom.get(name) ?? 0;
    this.#recentFrom.set(name, milliseconds.length);
    return ofSamples(Float64Array.from(milliseconds.slice(from))).p99 ?? NaN;
  }

  #recentFrom = new Map();
}
