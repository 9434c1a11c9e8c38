import type { InvitationCreated, InvitationList, MemberList, MemberRoleRole, OrganisationList } from '@qide/client';
import { request } from '../api.js';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

export async function organisations(): Promise<OrganisationList> {
  return (await (await request('api/organisations')).json()) as OrganisationList;
}

export async function createOrganisation(name: string): Promise<void> {
  await request('api/organisations', { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ name }) });
}

export async function members(organisation: string): Promise<MemberList> {
  return (await (await request(`${root(organisation)}/members`)).json()) as MemberList;
}

export async function setRole(organisation: string, person: string, role: MemberRoleRole): Promise<void> {
  const init = { method: 'PUT', headers: JSON_HEADERS, body: JSON.stringify({ role }) };
  await request(`${root(organisation)}/members/${encodeURIComponent(person)}`, init);
}

export async function removeMember(organisation: string, person: string): Promise<void> {
  await request(`${root(organisation)}/members/${encodeURIComponent(person)}`, { method: 'DELETE' });
}

export async function leave(organisation: string): Promise<void> {
  await request(`${root(organisation)}/members/me`, { method: 'DELETE' });
}

export async function invitations(organisation: string): Promise<InvitationList> {
  return (await (await request(`${root(organisation)}/invitations`)).json()) as InvitationList;
}

/** @param expiresInDays 1 to 30 */
export async function invite(organisation: string, role: MemberRoleRole, expiresInDays: number): Promise<InvitationCreated> {
  const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ role, expiresInDays }) };
  return (await (await request(`${root(organisation)}/invitations`, init)).json()) as InvitationCreated;
}

export async function withdraw(organisation: string, invitation: string): Promise<void> {
  await request(`${root(organisation)}/invitations/${encodeURIComponent(invitation)}`, { method: 'DELETE' });
}

function root(organisation: string): string {
  return `api/organisations/${encodeURIComponent(organisation)}`;
}
