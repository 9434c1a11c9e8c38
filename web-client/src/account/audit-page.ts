import type { AuditPageEvent, Me } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { auditEvents, type AuditQuery } from './account-api.js';
import { attempt, problemText, showPage, time } from './page.js';

const EVERYTHING: AuditQuery = { operation: '', object: '', result: '', person: '' };

/** Who did what to what, from where, with which result: for owners. */
export function showAudit(root: HTMLElement, person: Me): void {
  const body = h('tbody');
  const problem = problemText();
  const more = h('button', { type: 'button', id: 'more', hidden: true, onclick: () => void load(false) }, 'Older events');
  let query = EVERYTHING;
  let next: number | null = null;

  const load = (isFirst: boolean) =>
    attempt(problem, async () => {
      const page = await auditEvents(query, isFirst ? null : next);
      const rows = page.events.map((event) => row(event, (id) => filter.of(id)));
      if (isFirst) body.replaceChildren(...rows);
      else body.append(...rows);
      if (body.children.length === 0) body.append(h('tr', {}, h('td', { colspan: '6', class: 'hint' }, 'There is no such event.')));
      next = page.next ?? null;
      more.hidden = next === null;
    });
  const filter = filterForm((wanted) => {
    query = wanted;
    void load(true);
  });
  const heads = ['Time', 'Who', 'What', 'On what', 'From', 'Result'].map((name) => h('th', { scope: 'col' }, name));
  showPage(
    root,
    person,
    'Audit',
    h('p', { class: 'hint' }, 'Changes, refusals, connections and model calls, the latest first. Content is never recorded.'),
    filter.form,
    problem,
    h('div', { class: 'table', role: 'region', 'aria-label': 'Audit events', tabindex: '0' }, h('table', {}, h('thead', {}, h('tr', {}, ...heads)), body)),
    more,
  );
  void load(true);
}

function filterForm(apply: (query: AuditQuery) => void) {
  const field = (name: keyof AuditQuery, placeholder: string) => h('input', { id: `filter-${name}`, name, placeholder, 'aria-label': placeholder, autocomplete: 'off', spellcheck: 'false' });
  const fields = {
    operation: field('operation', 'What, such as login'),
    object: field('object', 'Part of the object'),
    result: field('result', 'Result, such as forbidden'),
    person: field('person', 'Who: an id'),
  };
  const read = (): AuditQuery => ({
    operation: fields.operation.value.trim(),
    object: fields.object.value.trim(),
    result: fields.result.value.trim(),
    person: fields.person.value.trim(),
  });
  const submit = (event: Event) => {
    event.preventDefault();
    apply(read());
  };
  const form = h('form', { onsubmit: submit, class: 'filter', role: 'search' }, ...Object.values(fields), h('button', { type: 'submit', class: 'primary' }, 'Filter'));
  const of = (person: string) => {
    fields.person.value = person;
    apply(read());
  };
  return { form, of };
}

function row({ at, person, name, operation, object, address, result }: AuditPageEvent, only: (person: string) => void): HTMLTableRowElement {
  const who =
    person === undefined
      ? 'nobody known'
      : h('button', { type: 'button', class: 'link', title: `Only events of ${person}`, onclick: () => only(person) }, name ?? `former member (${person.slice(0, 8)})`);
  return h(
    'tr',
    {},
    h('td', {}, time(at)),
    h('td', {}, who),
    h('td', {}, h('code', {}, operation)),
    h('td', {}, object),
    h('td', {}, address),
    h('td', { class: result === 'ok' ? '' : 'problem' }, result),
  );
}
