import type { Me } from './wire.js';

/** Whether a person may change files. */
export function isEditor({ role, scopes }: Pick<Me, 'role' | 'scopes'>): boolean {
  return role.toLowerCase() !== 'viewer' && scopes.some((scope) => scope.toLowerCase() === 'edit');
}

/** Whether a person may create and delete workspaces. */
export function isOwner(person: Pick<Me, 'role' | 'scopes'>): boolean {
  return person.role.toLowerCase() === 'owner' && isEditor(person);
}
