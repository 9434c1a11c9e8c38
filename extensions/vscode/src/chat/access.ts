import type { Me } from '@qide/client';

/** Whether a person may talk with models. */
export function mayChat({ scopes }: Me): boolean {
  return scopes.some((scope) => scope.toLowerCase() === 'ai');
}
