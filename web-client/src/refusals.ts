import type { Me } from '@qide/client';
import type { ApiError } from './api.js';

/** Why a file cannot be opened, in a sentence. */
export class OpenError extends Error {
  constructor(
    message: string,
    /** The name of the failure, if the server gave one. */
    readonly reason = '',
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

/** Whether a person may change files. */
export function isEditor({ role, scopes }: Me): boolean {
  return role.toLowerCase() !== 'viewer' && scopes.some((scope) => scope.toLowerCase() === 'edit');
}

/** Whether a person may make and delete workspaces. */
export function isOwner(person: Me): boolean {
  return person.role.toLowerCase() === 'owner' && isEditor(person);
}

/** Whether a person may say that a workspace is trusted. */
export function mayTrust({ role, scopes }: Me): boolean {
  return role.toLowerCase() === 'owner' && scopes.some((scope) => scope.toLowerCase() === 'admin');
}

/** What a person is told who cannot change the file that is shown. */
export function readOnlySentence(person: Me): string {
  return isEditor(person)
    ? 'This file is open for reading only.'
    : 'You may read this file and watch others work on it. Changing it needs the role of an editor.';
}

/** Why the server does not change the tree, in a sentence; `path` is what was to be made, moved or deleted. */
export function treeRefusal(error: ApiError, path: string): string {
  switch (error.failure) {
    case 'file-exists':
    case 'is-a-folder':
      return `There is something at ${error.tags['path'] ?? path} already: nothing was overwritten.`;
    case 'precondition-failed':
      return `${path} has changed since you were asked: look at it, then try again.`;
    case 'path-clash':
      return `Another file has the name of ${path} in other upper and lower case.`;
    case 'path-illegal':
      return error.tags['reason'] === 'inside-itself' ? 'A folder cannot be moved into itself.' : `“${path}” cannot be a path here${why(error)}.`;
    case 'file-ignored':
      return `${path} is on the ignore list of this workspace: it is not shared.`;
    case 'file-read-only':
      return `${path} is read-only on disk: its owner has to make it writable first.`;
    case 'file-unknown':
      return `${path} is not there any more.`;
    case 'file-too-large':
      return `${path} is larger than 32 MiB, the most that a file may be.`;
    case 'too-many-files':
      return 'That is more files than can be changed at once.';
    case 'forbidden':
      return 'Changing files needs the role of an editor.';
    case 'archive-refused':
      return `The archive was not taken: ${ARCHIVE_REASONS[error.tags['reason'] ?? ''] ?? 'it cannot be read'}${error.tags['entry'] ? ` (${error.tags['entry']})` : ''}.`;
    case 'message-too-large':
      return 'The archive is larger than 64 MiB, the most that may come in.';
    default:
      return error.message;
  }
}

/** Why the server does not make, delete or trust a workspace, in a sentence. */
export function workspaceRefusal(error: ApiError, name: string): string {
  switch (error.failure as string) {
    case 'workspace-name-illegal':
      return `“${name}” cannot be its name: 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or a digit.`;
    case 'workspace-exists':
      return error.tags['reason'] === 'directory'
        ? `A folder named ${error.tags['name'] ?? name} lies in the server’s data directory already: take another name.`
        : `There is a workspace named ${error.tags['name'] ?? name} already.`;
    case 'template-unknown':
      return 'The server does not have this template any more.';
    case 'too-many-workspaces':
      return `There are ${error.tags['limit'] ?? 'too many'} workspaces already: delete one first.`;
    case 'workspace-unknown':
      return `The workspace ${name} is not there any more.`;
    case 'workspace-not-managed':
      return `${name} was given when the server was started: it can be taken away only there.`;
    case 'trust-given-at-start':
      return `${name} is trusted by the server’s command line: it can be taken back only there.`;
    case 'forbidden':
      return 'This needs the role of an owner.';
    default:
      return treeRefusal(error, name);
  }
}

function why({ tags }: ApiError): string {
  const reasons: Record<string, string> = {
    'too-long': 'it is too long',
    'too-deep': 'its folders are too deep',
    'empty-segment': 'a folder in it has no name',
    'dot-segment': 'no name may be . or ..',
    'dot-or-space-at-end': 'no name may end with a dot or a space',
    backslash: 'it has a backslash',
    character: 'it has a character that names may not have',
    'not-a-folder': 'what is above it is a file',
  };
  const reason = reasons[tags['reason'] ?? ''];
  return reason === undefined ? '' : `: ${reason}`;
}

const ARCHIVE_REASONS: Readonly<Record<string, string>> = {
  none: 'pick one first',
  'no-zip': 'it is no zip file',
  cut: 'its end is missing',
  damaged: 'it is damaged',
  encrypted: 'an entry is encrypted',
  link: 'it holds a link',
  'not-a-file': 'it holds something that is no file',
  'larger-than-it-says': 'an entry is larger than it says',
  ratio: 'an entry is packed too tightly to be trusted',
  twice: 'it holds a name twice',
  'file-and-folder': 'a name in it is a file and a folder',
  'name-not-utf-8': 'a name in it is not UTF-8',
  'empty-segment': 'a path in it leads out of the workspace or has no name',
  'dot-segment': 'a path in it leads out of the workspace',
  'dot-or-space-at-end': 'a name in it ends with a dot or a space',
  backslash: 'a path in it has a backslash',
  character: 'a path in it has a character that names may not have',
  'zip64-or-several-disks': 'it is of a kind (ZIP64) that is not read',
};
