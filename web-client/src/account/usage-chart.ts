import { h } from 'qide-vscode/dom.js';
import { ticks, type Bucket } from './usage-sums.js';

const HEIGHT = 240;
const TOP = 10;
const BOTTOM = 26;
const LEFT = 52;
const RIGHT = 4;
/** The least distance between two days below the axis, in pixels. */
const LABEL_PIXELS = 64;
const WIDEST_BAR = 48;

/** What a chart shows. */
export interface ChartContent {
  readonly buckets: readonly Bucket[];
  /** A short name of a bucket's days. */
  readonly label: (bucket: Bucket) => string;
  /** The value of a bucket, and of its groups, in words. */
  readonly sentence: (bucket: Bucket) => string;
  readonly format: (value: number) => string;
  /** The name of the whole for people who do not see it. */
  readonly name: string;
}

/** Stacked bars over time. The arrow keys, Home, End and the pointer choose a bar, which a sentence below describes. */
export function usageChart(content: ChartContent): HTMLElement {
  const { buckets } = content;
  const drawing = svg('svg', { 'aria-hidden': 'true', height: String(HEIGHT) });
  const readout = h('p', { class: 'usage-readout hint' });
  let chosen = buckets.length - 1;
  const slider = h('div', {
    class: 'usage-bars',
    role: 'slider',
    tabindex: '0',
    'aria-label': content.name,
    'aria-valuemin': '0',
    'aria-valuemax': String(buckets.length - 1),
  });
  const choose = (index: number) => {
    chosen = Math.min(buckets.length - 1, Math.max(0, index));
    const sentence = content.sentence(buckets[chosen]!);
    readout.textContent = sentence;
    slider.setAttribute('aria-valuenow', String(chosen));
    slider.setAttribute('aria-valuetext', sentence);
    drawing.querySelectorAll('.usage-column').forEach((column, at) => column.classList.toggle('chosen', at === chosen));
  };
  slider.append(drawing);
  slider.addEventListener('keydown', (event) => {
    const target = { ArrowLeft: chosen - 1, ArrowDown: chosen - 1, ArrowRight: chosen + 1, ArrowUp: chosen + 1, Home: 0, End: buckets.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    choose(target);
  });
  const byPointer = (event: PointerEvent) => {
    const index = columnAt(event.clientX - drawing.getBoundingClientRect().left, drawing.clientWidth, buckets.length);
    if (index !== chosen) choose(index);
  };
  slider.addEventListener('pointermove', byPointer);
  slider.addEventListener('pointerdown', byPointer);
  new ResizeObserver(([entry]) => {
    const width = entry?.contentRect.width ?? 0;
    // A chart that is not on the page, or no longer, has no width.
    if (width <= LEFT + RIGHT) return;
    draw(drawing, content, width);
    choose(chosen);
  }).observe(slider);
  choose(chosen);
  return h('div', { class: 'usage-chart' }, slider, readout);
}

function columnAt(x: number, width: number, columns: number): number {
  return Math.floor(((x - LEFT) / Math.max(1, width - LEFT - RIGHT)) * columns);
}

function draw(drawing: SVGElement, { buckets, label, format }: ChartContent, width: number): void {
  const lines = ticks(Math.max(...buckets.map(({ values }) => total(values))));
  const most = Math.max(lines.at(-1)!, Number.MIN_VALUE);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const step = (width - LEFT - RIGHT) / buckets.length;
  const bar = Math.min(WIDEST_BAR, Math.max(1, step * 0.72));
  drawing.setAttribute('width', String(width));
  drawing.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  const axis = lines.flatMap((value) => [
    svg('line', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: 'usage-grid' }),
    svg('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, format(value)),
  ]);
  const every = Math.max(1, Math.ceil(LABEL_PIXELS / step));
  const columns = buckets.map((bucket, index) => {
    const left = LEFT + index * step;
    const column = svg('g', { class: 'usage-column' });
    column.append(svg('rect', { x: left, y: TOP, width: step, height: HEIGHT - TOP - BOTTOM, class: 'usage-behind' }));
    let below = 0;
    bucket.values.forEach((value, group) => {
      const height = y(below) - y(below + value);
      if (height > 0) column.append(svg('rect', { x: left + (step - bar) / 2, y: y(below + value), width: bar, height, class: `usage-group-${group}` }));
      below += value;
    });
    // The last bar, today's, is always named.
    if ((buckets.length - 1 - index) % every === 0) {
      const isLast = index === buckets.length - 1;
      column.append(svg('text', { x: isLast ? Math.min(left + step / 2 + 20, width - RIGHT) : left + step / 2, y: HEIGHT - 8, 'text-anchor': isLast ? 'end' : 'middle' }, label(bucket)));
    }
    return column;
  });
  drawing.replaceChildren(...axis, ...columns);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function svg(tag: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, typeof value === 'number' ? value.toFixed(2) : value);
  element.textContent = text;
  return element;
}
