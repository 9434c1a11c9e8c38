// Draws the answers of Prometheus to a dashboard's queries as one HTML page of SVG charts.

const COLOURS = ['#3b6ea5', '#c2562d', '#4d8b4a', '#8a5fa8', '#b08a1e', '#3d9a98', '#b5476f', '#6b6b6b'];
const COLUMN = 50;
const CHART_HEIGHT = 210;
const LABELLED = 8;
const TICKS = 4;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A number as an axis shows it. */
export function shown(value, unit) {
  const number = (it) => `${Number(it.toPrecision(3))}`;
  const scaled = (it, suffixes, base) => {
    let at = 0;
    let rest = it;
    while (Math.abs(rest) >= base && at < suffixes.length - 1) {
      rest /= base;
      at++;
    }
    return `${number(rest)}${suffixes[at]}`;
  };
  switch (unit) {
    case 's':
      return value !== 0 && Math.abs(value) < 1 ? `${number(value * 1000)} ms` : `${number(value)} s`;
    case 'percentunit':
      return `${number(value * 100)} %`;
    case 'bytes':
      return scaled(value, [' B', ' KiB', ' MiB', ' GiB'], 1024);
    case 'Bps':
      return scaled(value, [' B/s', ' KiB/s', ' MiB/s'], 1024);
    case 'ops':
    case 'reqps':
      return `${number(value)}/s`;
    default:
      return scaled(value, ['', ' k', ' M'], 1000);
  }
}

/** The smallest "round" number that is not below `value`. */
function ceiling(value, unit) {
  if (value <= 0) return 1;
  if (unit === 'bytes' || unit === 'Bps') {
    const scale = 1024 ** Math.max(0, Math.floor(Math.log(value) / Math.log(1024)));
    return scale * ceiling(value / scale);
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((it) => it * power).find((it) => it >= value * 0.999);
}

function chart(panel, series, range) {
  const width = (panel.width ?? 12) * COLUMN - 24;
  const [left, right, top, bottom] = [64, 10, 8, 24];
  const finite = series.flatMap(({ values }) => values.map(([, value]) => value)).filter(Number.isFinite);
  const most = ceiling(Math.max(...finite, 0), panel.unit);
  const x = (time) => left + ((time - range.start) / (range.end - range.start)) * (width - left - right);
  const y = (value) => top + (1 - value / most) * (CHART_HEIGHT - top - bottom);
  const ticks = Array.from({ length: TICKS + 1 }, (_, at) => (most * at) / TICKS);
  const grid = ticks.map(
    (tick) => `<line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}" class="grid"/><text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${shown(tick, panel.unit)}</text>`,
  );
  const seconds = Math.round(range.end - range.start);
  const times = [0, 0.5, 1].map(
    (part) => `<text x="${x(range.start + part * seconds)}" y="${CHART_HEIGHT - 6}" text-anchor="${['start', 'middle', 'end'][part * 2]}">${Math.round(part * seconds)} s</text>`,
  );
  const paths = series.map(({ values }, at) => {
    let pen = 'M';
    const path = values.map(([time, value]) => {
      if (!Number.isFinite(value)) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${x(time).toFixed(1)},${y(value).toFixed(1)}`;
      pen = 'L';
      return step;
    });
    return `<path d="${path.join('')}" stroke="${COLOURS[at % COLOURS.length]}"/>`;
  });
  const legend = series
    .slice(0, LABELLED)
    .map(({ name }, at) => `<span><i style="background:${COLOURS[at % COLOURS.length]}"></i>${escaped(name)}</span>`)
    .concat(series.length > LABELLED ? [`<span>and ${series.length - LABELLED} more</span>`] : []);
  return `<svg width="${width}" height="${CHART_HEIGHT}">${grid.join('')}${times.join('')}${paths.join('')}</svg><p>${legend.join('')}</p>`;
}

function stat(panel, series) {
  return series
    .map(({ name, values }) => `<div class="stat"><b>${shown(values.findLast(([, value]) => Number.isFinite(value))?.[1] ?? Number.NaN, panel.unit)}</b> ${escaped(name)}</div>`)
    .join('');
}

/**
 * @param answers for each panel its series: `{name, values: [[seconds, number], …]}`
 * @param range `{start, end}` in seconds
 */
export function page(dashboard, answers, range) {
  const panels = dashboard.panels.map((panel, at) => {
    const body = panel.kind === 'stat' ? stat(panel, answers[at]) : chart(panel, answers[at], range);
    return `<section style="width:${(panel.width ?? 12) * COLUMN - 24}px"><h2>${escaped(panel.question)}</h2>${body}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>${escaped(dashboard.title)}</title><style>
body { margin: 16px; width: ${24 * COLUMN + 8}px; font: 13px/1.4 system-ui, sans-serif; color: #24292f; background: #f4f5f7; }
h1 { margin: 0 0 12px 4px; font-size: 20px; } h2 { margin: 0 0 6px; font-size: 13px; font-weight: 600; }
main { display: flex; flex-wrap: wrap; align-items: stretch; }
section { box-sizing: content-box; margin: 4px; padding: 8px; background: #fff; border-radius: 4px; }
svg { display: block; } svg text { font-size: 11px; fill: #57606a; } .grid { stroke: #e6e8eb; } path { fill: none; stroke-width: 1.8; }
p { margin: 2px 0 0; font-size: 12px; } p span { margin-right: 14px; white-space: nowrap; } i { display: inline-block; width: 10px; height: 10px; margin-right: 5px; border-radius: 2px; }
.stat b { font-size: 24px; font-weight: 600; }
</style><h1>${escaped(dashboard.title)}</h1><main>${panels.join('')}</main>`;
}
