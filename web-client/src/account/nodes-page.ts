import './nodes.css';
import { ApiError, type Me, type NodeList, type NodeListNode } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { nodes } from './account-api.js';
import { problemText, section, sentenceOf, showPage, time } from './page.js';

const REFRESH_MILLISECONDS = 5_000;
/** Statuses after which asking again does not help; each refusal is in the audit log. */
const REFUSED = new Set([401, 403]);
const BYTES_PER_MEGABYTE = 1_000_000;
const COUNT = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent' });
const MEGABYTES = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 });

/** The servers of the database, the load of each, and the workspaces that it has: for owners. */
export function showNodes(root: HTMLElement, person: Me): void {
  const problem = problemText();
  const list = h('div', { class: 'nodes' });
  const summary = h('p', { id: 'nodes-summary', role: 'status' });
  showPage(
    root,
    person,
    'Nodes',
    h('p', { class: 'hint' }, 'The servers on this database. One server at a time serves a workspace; when it ends, another one takes over.'),
    summary,
    problem,
    list,
  );
  const cards = new Map<string, Card>();
  const load = async () => {
    if (document.hidden || (await refresh())) setTimeout(() => void load(), REFRESH_MILLISECONDS);
  };
  /** Whether it makes sense to ask again: not when the person may not see the nodes. */
  const refresh = async () => {
    try {
      const now = await nodes();
      say(problem, '');
      say(summary, sentence(now));
      show(now);
      return true;
    } catch (error) {
      say(problem, sentenceOf(error));
      return !(error instanceof ApiError && REFUSED.has(error.status));
    }
  };
  const show = ({ nodes: all }: NodeList) => {
    const present = new Set(all.map(({ id }) => id));
    for (const [id, card] of cards) {
      if (present.has(id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    for (const node of all) {
      const card = cards.get(node.id) ?? new Card(node);
      card.show(node);
      if (cards.has(node.id)) continue;
      cards.set(node.id, card);
      list.append(card.element);
    }
  };
  void load();
}

/** A screen reader reads only what changed. */
function say(where: HTMLElement, text: string): void {
  if (where.textContent !== text) where.textContent = text;
}

function sentence({ nodes: all }: NodeList): string {
  const living = all.filter(({ state }) => state !== 'ended');
  const draining = living.filter(({ state }) => state === 'draining').length;
  const workspaces = living.reduce((sum, { workspaceCount }) => sum + workspaceCount, 0);
  return `${counted(living.length, 'node')} ${living.length === 1 ? 'runs' : 'run'}${draining > 0 ? `, ${draining} of them draining` : ''}; ${counted(workspaces, 'workspace')} in use.`;
}

/** One node. What did not change is not replaced, so that the keyboard stays where it is. */
class Card {
  readonly element: HTMLElement;
  readonly #state = h('p');
  readonly #facts = h('dl');
  readonly #names = h('ul');
  readonly #count = h('summary');
  readonly #workspaces = h('details', {}, this.#count, this.#names);
  #shown = '';

  constructor({ id, url }: NodeListNode) {
    this.element = section(url ?? `Node ${id.slice(0, 8)}`, this.#state, this.#facts, this.#workspaces);
  }

  show(node: NodeListNode): void {
    this.#state.replaceChildren(h('span', { class: `node-state ${node.state}` }, node.state), ...(node.answering ? [h('span', { class: 'badge' }, 'shows this page')] : []));
    this.#facts.replaceChildren(...facts(node));
    const { workspaceCount, workspaces } = node;
    const shown = JSON.stringify([workspaceCount, workspaces]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const others = workspaceCount - workspaces.length;
    this.#workspaces.hidden = workspaceCount === 0;
    this.#count.textContent = counted(workspaceCount, 'workspace');
    this.#names.replaceChildren(...workspaces.map((name) => h('li', {}, name)), ...(others > 0 ? [h('li', { class: 'hint' }, `and ${others} more`)] : []));
  }
}

function facts({ id, url, state, load, startedAt, seenAt }: NodeListNode): HTMLElement[] {
  const fact = (name: string, ...value: (Node | string)[]) => h('div', {}, h('dt', {}, name), h('dd', {}, ...value));
  if (state === 'ended') return [fact('Started', time(startedAt)), fact('Last seen', time(seenAt))];
  return [
    fact('Processor', bar('Processor', load.cpu, 1), PERCENT.format(load.cpu)),
    fact('Memory', bar('Memory', load.heapUsedBytes, load.heapLimitBytes), `${COUNT.format(Math.round(load.heapUsedBytes / BYTES_PER_MEGABYTE))} of ${megabytes(load.heapLimitBytes)}`),
    fact('Started', time(startedAt)),
    fact('Id', h('code', {}, id)),
    ...(url === undefined ? [fact('Address', 'none: other nodes cannot reach it')] : []),
  ];
}

function bar(label: string, value: number, max: number): HTMLElement {
  return h('meter', { min: '0', max: String(max), high: String(max * 0.85), value: String(value), 'aria-label': label });
}

function megabytes(bytes: number): string {
  return MEGABYTES.format(bytes / BYTES_PER_MEGABYTE);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
