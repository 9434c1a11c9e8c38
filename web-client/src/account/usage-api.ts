import type { NewOrganisationBudget, OrganisationBudgetList, UsageList } from '@qide/client';
import { request } from '../api.js';
import type { Range } from './usage-sums.js';

/** Whose usage it is. */
export type Whose = { readonly kind: 'own' } | { readonly kind: 'organisation'; readonly name: string };

/** The usage, the latest entries first. */
export async function usage(whose: Whose, { from, to }: Range): Promise<UsageList> {
  const root = whose.kind === 'own' ? 'api' : organisationRoot(whose.name);
  return (await (await request(`${root}/usage?${new URLSearchParams({ from, to })}`)).json()) as UsageList;
}

export async function budgets(organisation: string): Promise<OrganisationBudgetList> {
  return (await (await request(`${organisationRoot(organisation)}/budgets`)).json()) as OrganisationBudgetList;
}

/** For what time a budget holds; days and months are those of UTC. */
export type BudgetPeriod = 'day' | 'month';

export async function setBudget(organisation: string, period: BudgetPeriod, budget: NewOrganisationBudget): Promise<void> {
  await request(`${organisationRoot(organisation)}/budgets/${period}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(budget) });
}

export async function endBudget(organisation: string, period: BudgetPeriod): Promise<void> {
  await request(`${organisationRoot(organisation)}/budgets/${period}`, { method: 'DELETE' });
}

function organisationRoot(name: string): string {
  return `api/organisations/${encodeURIComponent(name)}`;
}
