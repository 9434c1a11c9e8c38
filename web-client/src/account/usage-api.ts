import type { OrganisationBudgetList, UsageList } from '@qide/client';
import { request } from '../api.js';
import type { Range } from './usage-sums.js';

/** Whose usage it is. */
export type Whose = { readonly kind: 'own' } | { readonly kind: 'organisation'; readonly name: string };

/** At most so many entries, the latest first. */
export const ENTRIES = 10_000;

export async function usage(whose: Whose, { from, to }: Range): Promise<UsageList> {
  const root = whose.kind === 'own' ? 'api' : organisationRoot(whose.name);
  return (await (await request(`${root}/usage?${new URLSearchParams({ from, to })}`)).json()) as UsageList;
}

export async function budgets(organisation: string): Promise<OrganisationBudgetList> {
  return (await (await request(`${organisationRoot(organisation)}/budgets`)).json()) as OrganisationBudgetList;
}

function organisationRoot(name: string): string {
  return `api/organisations/${encodeURIComponent(name)}`;
}
