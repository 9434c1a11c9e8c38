import type { NewOrganisationBudget, OrganisationBudgetListEntry } from '@qide/client';
import { count } from '../chat/view/words.js';
import { h } from 'qide-vscode/dom.js';
import { button } from './live-list.js';
import { money } from './money.js';
import { attempt, problemText, section } from './page.js';
import { budgets, endBudget, setBudget, type BudgetPeriod } from './usage-api.js';

const PERIODS: Readonly<Record<BudgetPeriod, string>> = { day: 'Day', month: 'Month' };
const DEFAULT_SOFT = 0.8;

/** The budgets of an organisation, what is spent of them, and a form that sets or ends those of its owner. */
export function budgetSection(organisation: string): HTMLElement {
  const list = h('ul', { class: 'rows', id: 'budgets' });
  const problem = problemText();
  const { form, show } = budgetForm(organisation, () => again());
  const again = () =>
    attempt(problem, async () => {
      const all = (await budgets(organisation)).budgets;
      list.replaceChildren(...(all.length === 0 ? [h('li', { class: 'hint' }, 'There is no budget.')] : all.flatMap(budgetRows)));
      show(all.filter(({ isOfFile }) => !isOfFile));
    });
  void again();
  const hint = 'When a budget is spent, model calls are refused until the next period. Calls in progress count at their maximum cost.';
  return section('Budgets', h('p', { class: 'hint' }, hint), list, problem, form);
}

function budgetRows(budget: OrganisationBudgetListEntry): HTMLElement[] {
  const { period, tokens, cost, soft, spentTokens, spentCost, isOfFile } = budget;
  const title = period === 'day' ? 'Today' : 'This month';
  const one = (spent: number, limit: number, words: string) =>
    h(
      'li',
      {},
      h('div', { class: 'usage-budget' }, h('strong', {}, title), isOfFile ? h('span', { class: 'badge' }, 'set by the operator') : null, h('p', { class: 'hint' }, words), h('meter', { min: '0', max: String(limit), high: String(soft * limit), value: String(Math.min(spent, limit)), 'aria-label': `${title}: ${words}` })),
      h('span', { class: spent >= limit ? 'problem' : 'hint' }, `${Math.round((100 * spent) / limit)} %`),
    );
  return [
    ...(tokens === undefined ? [] : [one(spentTokens, tokens, `${count(spentTokens)} of ${count(tokens)} tokens`)]),
    ...(cost === undefined ? [] : [one(spentCost, cost, `cost ${money(spentCost)} of ${money(cost)}`)]),
  ];
}

/** A form with the budget of one period at a time. `show` fills it with the budgets that the owner set. */
function budgetForm(organisation: string, changed: () => Promise<void>) {
  let own: readonly OrganisationBudgetListEntry[] = [];
  const period = h('select', { id: 'budget-period' }, ...Object.entries(PERIODS).map(([value, text]) => h('option', { value }, text)));
  const tokens = h('input', { id: 'budget-tokens', type: 'number', min: '1', step: '1', inputmode: 'numeric' });
  const cost = h('input', { id: 'budget-cost', type: 'number', min: '0.000001', step: 'any', inputmode: 'decimal' });
  const soft = h('input', { id: 'budget-soft', type: 'number', min: '1', max: '100', step: '1', required: true, inputmode: 'numeric' });
  const problem = problemText();
  const chosen = () => period.value as BudgetPeriod;
  const end = button('Remove budget', 'Remove the budget of the chosen period', problem, async () => {
    await endBudget(organisation, chosen());
    await changed();
  });
  const fill = () => {
    const budget = own.find((one) => one.period === chosen());
    tokens.value = budget?.tokens === undefined ? '' : String(budget.tokens);
    cost.value = budget?.cost === undefined ? '' : String(budget.cost);
    soft.value = String(Math.round((budget?.soft ?? DEFAULT_SOFT) * 100));
    end.hidden = budget === undefined;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(problem, async () => {
      const wanted = wantedBudget(tokens, cost, soft);
      if (wanted === null) {
        problem.textContent = 'Enter a number of tokens, a cost, or both.';
        return;
      }
      await setBudget(organisation, chosen(), wanted);
      await changed();
    });
  };
  period.addEventListener('change', fill);
  fill();
  const field = (text: string, input: HTMLElement) => h('div', { class: 'usage-field' }, h('label', { for: input.id }, text), input);
  const form = h(
    'form',
    { id: 'budget-form', onsubmit: submit },
    h('h3', {}, 'Set a budget'),
    h('div', { class: 'budget-fields' }, field('Each', period), field('Tokens', tokens), field('Cost', cost), field('Warn at %', soft)),
    problem,
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'primary' }, 'Set budget'), end),
  );
  return {
    form,
    show: (budgets: readonly OrganisationBudgetListEntry[]) => {
      own = budgets;
      fill();
    },
  };
}

/** The budget in the fields; null without a limit. */
function wantedBudget(tokens: HTMLInputElement, cost: HTMLInputElement, soft: HTMLInputElement): NewOrganisationBudget | null {
  if (tokens.value === '' && cost.value === '') return null;
  return {
    ...(tokens.value === '' ? {} : { tokens: tokens.valueAsNumber }),
    ...(cost.value === '' ? {} : { cost: cost.valueAsNumber }),
    soft: soft.valueAsNumber / 100,
  };
}
