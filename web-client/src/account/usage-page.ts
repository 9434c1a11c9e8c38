import './usage.css';
import type { Me } from '@qide/client';
import { addressOf } from '../api.js';
import { count } from '../chat/view/words.js';
import { h } from 'qide-vscode/dom.js';
import { members, organisations } from './organisation-api.js';
import { attempt, problemText, section, showPage } from './page.js';
import { budgetSection } from './budget-section.js';
import { money } from './money.js';
import { usage, type Whose } from './usage-api.js';
import { usageChart } from './usage-chart.js';
import { lastDays, overTime, valueOf, type Bucket, type Grouping, type Measure, type Sum, type UsageOverTime } from './usage-sums.js';

const RANGES = { 7: '7 days', 30: '30 days', 90: '90 days' };
const GROUPINGS: Readonly<Record<Grouping, string>> = { model: 'Model', person: 'Person', workspace: 'Workspace' };
const MEASURES: Readonly<Record<Measure, string>> = { tokens: 'Tokens', cost: 'Cost' };
const SUMS = ['Calls', 'Tokens in', 'Tokens out', 'Cost'];
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });

interface Query {
  readonly days: number;
  readonly grouping: Grouping;
  readonly measure: Measure;
}

/** What models were used for and what they cost: the person's own usage, and that of the organisations of an owner. */
export function showUsage(root: HTMLElement, person: Me): void {
  const problem = problemText();
  const content = h('div', { class: 'content' });
  showPage(root, person, 'Usage', h('p', { class: 'hint' }, 'Tokens and cost of language models, by day in UTC.'), problem, content);
  void attempt(problem, async () => {
    const owned = person.scopes.includes('admin') ? (await organisations()).organisations.filter(({ owner }) => owner) : [];
    const wanted = new URLSearchParams(location.search).get('organisation');
    const found = owned.find(({ name }) => name === wanted);
    const whose: Whose = found === undefined ? { kind: 'own' } : { kind: 'organisation', name: found.name };
    content.replaceChildren(...(owned.length > 0 ? [choice(owned.map(({ name }) => name), whose)] : []), await usageSection(whose, person), ...(whose.kind === 'own' ? [] : [budgetSection(whose.name)]));
  });
}

/** Links to the person's own usage and to that of each organisation. */
function choice(names: readonly string[], shown: Whose): HTMLElement {
  const link = (text: string, address: string, isShown: boolean) => h('a', { href: addressOf(address), ...(isShown ? { 'aria-current': 'true' } : {}) }, text);
  return h(
    'nav',
    { class: 'choice', 'aria-label': 'Whose usage' },
    link('Mine', '?page=usage', shown.kind === 'own'),
    ...names.map((name) => link(name, `?page=usage&organisation=${encodeURIComponent(name)}`, shown.kind === 'organisation' && shown.name === name)),
  );
}

async function usageSection(whose: Whose, person: Me): Promise<HTMLElement> {
  const nameOf = await namesOf(whose, person);
  const result = h('div', { class: 'usage-result' });
  const problem = problemText();
  const days = select('usage-days', RANGES, '30');
  const grouping = select('usage-grouping', whose.kind === 'own' ? { model: GROUPINGS.model, workspace: GROUPINGS.workspace } : GROUPINGS, 'model');
  const measure = select('usage-measure', MEASURES, 'tokens');
  let latest = 0;
  const load = () =>
    attempt(problem, async () => {
      const turn = ++latest;
      const query = { days: Number(days.value), grouping: grouping.value as Grouping, measure: measure.value as Measure };
      const range = lastDays(query.days, Date.now());
      const { entries, truncated } = await usage(whose, range);
      if (turn !== latest) return;
      result.replaceChildren(
        ...(truncated ? [h('p', { class: 'problem', role: 'status' }, `Only the latest ${entries.length} sums are shown. Choose a shorter range.`)] : []),
        ...shown(overTime(entries, range, query.grouping, query.measure), query, nameOf),
      );
    });
  const field = (text: string, input: HTMLSelectElement) => h('div', { class: 'usage-field' }, h('label', { for: input.id }, text), input);
  const form = h('form', { class: 'usage-choice', onchange: () => void load(), onsubmit: (event: Event) => event.preventDefault() }, field('Range', days), field('By', grouping), field('Show', measure));
  await load();
  if (whose.kind === 'organisation' && result.childElementCount === 0) return section(`Usage of ${whose.name}`, problem);
  return section(whose.kind === 'own' ? 'Your usage' : `Usage of ${whose.name}`, form, problem, result);
}

function shown(usage: UsageOverTime, query: Query, nameOf: (grouping: Grouping, id: string | null) => string): HTMLElement[] {
  if (usage.sum.calls === 0) return [h('p', {}, 'No model was used on these days.')];
  const format = query.measure === 'cost' ? money : count;
  const names = usage.groups.map(({ id }) => nameOf(query.grouping, id));
  const sentence = (bucket: Bucket) => {
    const parts = bucket.values.flatMap((value, group) => (value > 0 ? [`${names[group]} ${format(value)}`] : []));
    const value = valueOf(bucket.sum, query.measure);
    return `${daysOf(bucket)}: ${format(value)}${query.measure === 'tokens' ? ' tokens' : ''}${parts.length > 0 ? ` – ${parts.join(', ')}` : ''}`;
  };
  const legend = h('ul', { class: 'usage-legend', 'aria-hidden': 'true' }, ...names.map((name, group) => h('li', {}, h('span', { class: `usage-swatch usage-group-${group}` }), name)));
  const chart = usageChart({
    buckets: usage.buckets,
    label: ({ to }) => DAY.format(new Date(to)),
    sentence,
    format,
    name: `${MEASURES[query.measure]} by ${usage.buckets[0]!.from === usage.buckets[0]!.to ? 'day' : 'week'}; the table below has the sums`,
  });
  const rows = usage.groups.map(({ sum }, group) => row(names[group]!, sum));
  const days = usage.buckets.filter(({ sum }) => sum.calls > 0).reverse();
  return [
    h('p', { class: 'usage-total' }, h('strong', {}, count(usage.sum.inputTokens + usage.sum.outputTokens)), ' tokens in ', h('strong', {}, count(usage.sum.calls)), ' calls, cost ', h('strong', {}, money(usage.sum.cost))),
    chart,
    legend,
    table(`By ${GROUPINGS[query.grouping].toLowerCase()}`, [GROUPINGS[query.grouping], ...SUMS], [...rows, ...(rows.length > 1 ? [row('All', usage.sum)] : [])]),
    ...(usage.sum.completionsShown > 0 ? [ghostText(usage, GROUPINGS[query.grouping], names)] : []),
    h('details', {}, h('summary', {}, 'By time'), table('By time, the latest first', ['Days', ...SUMS], days.map((bucket) => row(daysOf(bucket), bucket.sum)))),
  ];
}

function ghostText(usage: UsageOverTime, grouping: string, names: readonly string[]): HTMLElement {
  const line = (name: string, { completionsShown, completionsAccepted }: Sum) =>
    cells(name, [count(completionsShown), count(completionsAccepted), completionsShown > 0 ? PERCENT.format(completionsAccepted / completionsShown) : '–']);
  const rows = usage.groups.map(({ sum }, group) => line(names[group]!, sum));
  return table('Ghost text', [grouping, 'Shown', 'Accepted', 'Share'], [...rows, ...(rows.length > 1 ? [line('All', usage.sum)] : [])]);
}

function table(caption: string, columns: readonly string[], rows: HTMLElement[]): HTMLElement {
  const heads = columns.map((head) => h('th', { scope: 'col' }, head));
  return h('div', { class: 'usage-table', role: 'region', 'aria-label': caption, tabindex: '0' }, h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)));
}

function row(name: string, sum: Sum): HTMLElement {
  return cells(name, [count(sum.calls), count(sum.inputTokens), count(sum.outputTokens), money(sum.cost)]);
}

function cells(name: string, values: readonly string[]): HTMLElement {
  return h('tr', {}, h('th', { scope: 'row' }, name), ...values.map((value) => h('td', {}, value)));
}

function daysOf({ from, to }: Bucket): string {
  return from === to ? DAY.format(new Date(from)) : DAY.formatRange(new Date(from), new Date(to));
}

/** The names of people whom the viewer may see; others are named by a part of their id. */
async function namesOf(whose: Whose, person: Me): Promise<(grouping: Grouping, id: string | null) => string> {
  const names = new Map([[person.id, person.name]]);
  if (whose.kind === 'organisation') for (const one of (await members(whose.name)).members) names.set(one.person, one.name);
  return (grouping, id) => {
    if (id === null) return 'Others';
    if (grouping === 'person') return names.get(id) ?? `no member (${id.slice(0, 8)})`;
    return id === '' ? 'no workspace' : id;
  };
}

function select(id: string, options: Readonly<Record<string, string>>, chosen: string): HTMLSelectElement {
  return h('select', { id }, ...Object.entries(options).map(([value, text]) => h('option', { value, ...(value === chosen ? { selected: true } : {}) }, text)));
}
