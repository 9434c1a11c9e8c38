import type { AccountList, AuditPage, ModelKeyList, NewToken, NodeList, SessionList, TokenCreated, TokenList } from '@qide/client';
import { request } from '../api.js';

const JSON_HEADERS = { 'Content-Type': 'application/json' };
/** An export may be large. */
const EXPORT_MILLISECONDS = 600_000;

export async function tokens(): Promise<TokenList> {
  return (await (await request('api/me/tokens')).json()) as TokenList;
}

export async function createToken(token: NewToken): Promise<TokenCreated> {
  const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(token) };
  return (await (await request('api/me/tokens', init)).json()) as TokenCreated;
}

export async function revokeToken(id: string): Promise<void> {
  await request(`api/me/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function sessions(): Promise<SessionList> {
  return (await (await request('api/me/sessions')).json()) as SessionList;
}

export async function endSession(id: string): Promise<void> {
  await request(`api/me/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function accounts(): Promise<AccountList> {
  return (await (await request('api/accounts')).json()) as AccountList;
}

/** Begins to link a further account. Returns the address at the provider where the browser goes next. */
export async function linkAccount(provider: string): Promise<string> {
  const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ provider }) };
  return ((await (await request('api/accounts', init)).json()) as { url: string }).url;
}

export async function modelKeys(): Promise<ModelKeyList> {
  return (await (await request('api/me/model-keys')).json()) as ModelKeyList;
}

export async function setModelKey(model: string, key: string): Promise<void> {
  await request(`api/me/model-keys/${encodeURIComponent(model)}`, { method: 'PUT', headers: JSON_HEADERS, body: JSON.stringify({ key }) });
}

export async function deleteModelKey(model: string): Promise<void> {
  await request(`api/me/model-keys/${encodeURIComponent(model)}`, { method: 'DELETE' });
}

export async function exportData(): Promise<Blob> {
  return (await request('api/me/export', {}, EXPORT_MILLISECONDS)).blob();
}

export async function deleteAccount(confirm: string): Promise<void> {
  await request('api/me', { method: 'DELETE', headers: JSON_HEADERS, body: JSON.stringify({ confirm }) });
}

export async function logout(): Promise<void> {
  await request('api/logout', { method: 'POST', headers: { 'X-Qide-Path': new URL('.', document.baseURI).pathname } });
}

/** What of the audit log to show; an empty text means anything. */
export interface AuditQuery {
  readonly operation: string;
  readonly object: string;
  readonly result: string;
  readonly person: string;
}

/** @param before the `next` of the page before; null for the first page */
export async function auditEvents(query: AuditQuery, before: number | null): Promise<AuditPage> {
  const parameters = new URLSearchParams({ ...query });
  if (before !== null) parameters.set('before', String(before));
  return (await (await request(`api/audit?${parameters}`)).json()) as AuditPage;
}

export async function nodes(): Promise<NodeList> {
  return (await (await request('api/nodes')).json()) as NodeList;
}
