// Small statistics.

/** @param samples a typed array; it is sorted in place */
export function ofSamples(samples) {
  samples.sort();
  const at = (share) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))];
  if (samples.length === 0) return { count: 0 };
  return { count: samples.length, p50: at(0.5), p99: at(0.99), max: samples[samples.length - 1] };
}

export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A row of a Markdown table. */
export const row = (cells) => `| ${cells.join(' | ')} |`;
