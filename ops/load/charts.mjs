// Draws the curves as SVG: one row of panels for latency and one for CPU time, one column for each axis.
import { nameOf } from './curve-table.mjs';

const COLUMNS = {
  clients: ['Everybody types', 'clients in one document'],
  documents: ['More documents', 'documents of 200 clients'],
  readers: ['Few type, many read', 'clients in one document'],
};
const ROWS = [
  { title: 'Delivery, ms', solid: (point) => point.p50, dashed: (point) => point.p99 },
  { title: 'CPU for each delivery, µs', solid: (point) => point.cpu + point.cpuBelow },
];
const WIDTH = 960;
const LEFT = 46;
const GAP = 44;
const TOP = 92;
const PANEL_HEIGHT = 190;
const ROW_HEIGHT = 262;
const PANEL_WIDTH = (WIDTH - LEFT - 20 - 2 * GAP) / 3;
const HEIGHT = TOP + 2 * ROW_HEIGHT - 16;
const THEMES = {
  '': { back: '#ffffff', ink: '#1f2328', faint: '#59636e', grid: '#d9dee3', lines: ['#0a60c2', '#c4500a', '#5b7a1c'] },
  '-dark': { back: '#0d1117', ink: '#f0f6fc', faint: '#9198a1', grid: '#2f353d', lines: ['#58a6ff', '#f0883e', '#a5c261'] },
};
const MARKS = [circle, square, triangle];

/** @returns the SVG of each theme, by its file's name without the ending */
export function charts(points) {
  const good = points.filter((point) => !point.error && point.delivered > 0);
  const servers = [...new Set(good.map((point) => point.server))].slice(0, MARKS.length);
  return Object.fromEntries(
    Object.entries(THEMES).map(([suffix, theme]) => [`load${suffix}`, drawing(good, servers, theme)]),
  );
}

function drawing(points, servers, theme) {
  const panels = ROWS.flatMap((row, down) =>
    Object.entries(COLUMNS).map(([axis, words], across) => {
      const x = LEFT + across * (PANEL_WIDTH + GAP);
      const y = TOP + down * ROW_HEIGHT;
      return panel({ points: points.filter((point) => point.axis === axis), row, words, servers, theme, isTop: down === 0, x, y, all: points });
    }),
  );
  const title = 'Time and CPU time of a delivery, of Q-IDE and comparable servers, as clients and documents grow';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" fill="${theme.ink}">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${theme.back}"/>`,
    legend(servers, theme),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function legend(servers, theme) {
  let x = LEFT;
  const parts = servers.map((server, i) => {
    const here = x;
    x += 54 + nameOf(server).length * 7.4;
    return `<g>${line(here, 24, here + 26, 24, theme.lines[i])}${MARKS[i](here + 13, 24, theme.lines[i], theme.lines[i])}${text(here + 33, 28, nameOf(server), { weight: 600 })}</g>`;
  });
  const key = [
    line(x + 8, 24, x + 34, 24, theme.faint) + text(x + 40, 28, 'p50', { fill: theme.faint }),
    line(x + 76, 24, x + 102, 24, theme.faint, { dashes: '4 4' }) + text(x + 108, 28, 'p99', { fill: theme.faint }),
    circle(x + 148, 24, theme.back, theme.faint) + text(x + 158, 28, 'not everything delivered', { fill: theme.faint }),
  ];
  return [...parts, ...key].join('\n');
}

function panel({ points, row, words, servers, theme, isTop, x, y, all }) {
  const values = [...new Set(points.map((point) => point.value))].sort((a, b) => a - b);
  if (values.length === 0) return '';
  const across = scale(Math.log(values[0]), Math.log(values.at(-1)), x + 8, x + PANEL_WIDTH - 8);
  const xOf = (value) => across(Math.log(value));
  const figures = all.flatMap((point) => [row.solid(point), row.dashed?.(point)]).filter((figure) => figure > 0);
  const low = Math.floor(Math.log10(Math.min(...figures)));
  const high = Math.ceil(Math.log10(Math.max(...figures)));
  const upward = scale(low, high, y + PANEL_HEIGHT, y);
  const yOf = (figure) => upward(Math.log10(figure));
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return [
    ...(isTop ? [text(x, y - 30, words[0], { size: 14, weight: 600 })] : []),
    text(x, y - 11, row.title, { fill: theme.faint }),
    ...powers.map((power) => line(x, yOf(power), x + PANEL_WIDTH, yOf(power), theme.grid, { width: 1 }) + text(x - 6, yOf(power) + 4, label(power), { fill: theme.faint, anchor: 'end' })),
    ...values.map((value) => text(xOf(value), y + PANEL_HEIGHT + 18, label(value), { fill: theme.faint, anchor: 'middle' })),
    text(x + PANEL_WIDTH / 2, y + PANEL_HEIGHT + 35, words[1], { fill: theme.faint, anchor: 'middle' }),
    ...servers.map((server, i) => curves(points.filter((point) => point.server === server), { row, xOf, yOf, theme, i })),
  ].join('\n');
}

function curves(points, { row, xOf, yOf, theme, i }) {
  const path = (of, dashes) => {
    const known = points.filter((point) => of(point) > 0);
    const places = known.map((point) => `${fixed(xOf(point.value))},${fixed(yOf(of(point)))}`).join(' ');
    const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
    return `<polyline points="${places}" fill="none" stroke="${theme.lines[i]}" stroke-width="2" stroke-linejoin="round"${dash}/>`;
  };
  const isWhole = (point) => point.delivered > 0.9995;
  const marks = points
    .filter((point) => row.solid(point) > 0)
    .map((point) => MARKS[i](xOf(point.value), yOf(row.solid(point)), isWhole(point) ? theme.lines[i] : theme.back, theme.lines[i]));
  return [...(row.dashed ? [path(row.dashed, '4 4')] : []), path(row.solid), ...marks].join('\n');
}

/** A number next to an axis. */
const label = (value) => (value >= 1_000 ? `${value / 1_000}k` : String(Number(value.toPrecision(2))));

const fixed = (number) => number.toFixed(1);

function scale(from, to, start, end) {
  if (from === to) return () => (start + end) / 2;
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

function line(x1, y1, x2, y2, stroke, { dashes, width = 2 } = {}) {
  const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${stroke}" stroke-width="${width}"${dash}/>`;
}

function text(x, y, words, { fill, anchor, size, weight } = {}) {
  const attributes = { fill, 'text-anchor': anchor, 'font-size': size, 'font-weight': weight };
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return `<text x="${fixed(x)}" y="${fixed(y)}"${given.map(([name, value]) => ` ${name}="${value}"`).join('')}>${words}</text>`;
}

function circle(x, y, fill, stroke) {
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="4" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
}

function square(x, y, fill, stroke) {
  return `<rect x="${fixed(x - 3.5)}" y="${fixed(y - 3.5)}" width="7" height="7" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
}

function triangle(x, y, fill, stroke) {
  const corners = [[x, y - 4.8], [x + 4.6, y + 3.4], [x - 4.6, y + 3.4]];
  return `<polygon points="${corners.map((corner) => corner.map(fixed).join(',')).join(' ')}" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
}
