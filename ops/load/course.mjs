// The course of a run as an SVG: one small chart for each figure, readable on light and dark pages.
const WIDTH = 800;
const HEIGHT = 130;
const LEFT = 64;
const RIGHT = 16;
const TOP = 30;
const BOTTOM = 24;
const CHARTS = [
  ['edit', 'an edit reaches the others, p99 of each interval, ms'],
  ['resident', 'resident memory of the server, MB'],
  ['heap', 'heap after garbage collection, MB'],
  ['descriptors', 'open file descriptors'],
  ['threads', 'threads'],
  ['disk', 'data directory, MB'],
];
const STYLE = `
  .page { fill: #fff; }
  text { font: 13px system-ui, sans-serif; fill: #3d4451; }
  .axis { stroke: #aab2bf; }
  .line { fill: none; stroke: #0b62c4; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } .axis { stroke: #5b6470; } .line { stroke: #6cb2ff; } .page { fill: #0d1117; } }`;

const label = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });

/** The next round number: 1, 2 or 5 times a power of ten. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= value) ?? value;
}

function chart(samples, [name, title], index) {
  const top = index * HEIGHT + TOP;
  const height = HEIGHT - TOP - BOTTOM;
  const values = samples.map((one) => one[name]);
  const most = roundUp(Math.max(...values.filter(Number.isFinite)));
  const from = samples[0].at;
  const length = samples.at(-1).at - from || 1;
  const x = (at) => LEFT + ((at - from) / length) * (WIDTH - LEFT - RIGHT);
  const y = (value) => top + height - (value / most) * height;
  const points = samples.filter((one) => Number.isFinite(one[name])).map((one) => `${x(one.at).toFixed(1)},${y(one[name]).toFixed(1)}`);
  const bottom = top + height;
  return `
  <text x="${LEFT}" y="${top - 10}">${title}</text>
  <text x="${LEFT - 8}" y="${top + 5}" text-anchor="end">${label(most)}</text>
  <text x="${LEFT - 8}" y="${bottom}" text-anchor="end">0</text>
  <path class="axis" fill="none" d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}"/>
  <text x="${LEFT}" y="${bottom + 16}">0</text>
  <text x="${WIDTH - RIGHT}" y="${bottom + 16}" text-anchor="end">${label(length / 60)} min</text>
  <polyline class="line" points="${points.join(' ')}"/>`;
}

/** @param samples as of `sample` in health.mjs, with `edit` in milliseconds */
export function course(samples) {
  const height = CHARTS.length * HEIGHT + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The course of a load test">
  <style>${STYLE}
  </style>
  <rect class="page" width="${WIDTH}" height="${height}"/>${CHARTS.map((one, index) => chart(samples, one, index)).join('')}
</svg>
`;
}
