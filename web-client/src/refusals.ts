import type { Me, SharedDocument } from '@qide/client';

/** Why a file cannot be opened, in a sentence. */
export class OpenError extends Error {
  constructor(
    message: string,
    /** The name of the failure, if the server gave one. */
    readonly reason = '',
    /** What was to become a document that is too large to be shared. */
    readonly shared: SharedDocument | null = null,
  ) {
    super(message);
  }
}

/** Why the server does not open a file, in a sentence. */
export function refusal(path: string, reason: string): string {
  switch (reason) {
    case 'file-not-text':
      return `${path} is not a text file, so it cannot be edited here.`;
    case 'file-too-large':
      return `${path} is too large to be edited here.`;
    case 'file-ignored':
      return `${path} is on the ignore list of this workspace: it is not shared.`;
    case 'file-unknown':
      return `${path} does not exist.`;
    case 'is-a-folder':
      return `${path} is a folder.`;
    case 'path-clash':
      return `Another file has the name of ${path} in other upper and lower case.`;
    case 'forbidden':
      return `Your role does not let you open ${path}.`;
    case 'document-unavailable':
      return `${path} cannot be loaded just now: try again in a moment.`;
    default:
      return `The server did not open ${path} (${reason}).`;
  }
}

/** What a person is told who cannot change the file that is shown. */
export function readOnlySentence({ role, scopes }: Me): string {
  return role.toLowerCase() !== 'viewer' && scopes.some((scope) => scope.toLowerCase() === 'edit')
    ? 'This file is open for reading only.'
    : 'You may read this file and watch others work on it. Changing it needs the role of an editor.';
}
