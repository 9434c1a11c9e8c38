import type { ApiError, Me } from '@qide/client';

/** A file cannot be opened; the message is a sentence for the person. */
export class OpenError extends Error {
  constructor(
    message: string,
    /** The name of the failure, if the server gave one. */
    readonly reason = '',
  ) {
    super(message);
  }
}

/**
 * The sentence for a file that the server does not open.
 *
 * @param reason the server’s failure; null if the server did not answer in time
 */
export function refusal(path: string, reason: string | null): string {
  switch (reason) {
    case null:
      return `The server did not send ${path} in time: try again in a moment.`;
    case 'file-not-text':
      return `${path} is not a text file, so it cannot be edited here.`;
    case 'file-too-large':
      return `${path} is larger than 5 MiB, so it is read-only here.`;
    case 'file-ignored':
      return `${path} is on the ignore list of this workspace, so it is not shared. Change .gitignore to share it.`;
    case 'file-unknown':
      return `${path} does not exist. Refresh the list.`;
    case 'is-a-folder':
      return `${path} is a folder. Open a file in it.`;
    case 'path-clash':
      return `The name of another file differs from ${path} only in upper and lower case. Rename one of them.`;
    case 'forbidden':
      return `Your role does not allow you to open ${path}. Ask the owner for access.`;
    case 'document-unavailable':
      return `${path} cannot be loaded now: try again in a moment.`;
    case 'too-many-documents':
      return `${path} cannot be opened, since too many files are open. Close some, then try again.`;
    default:
      return `The server did not open ${path} (${reason}). Try again in a moment.`;
  }
}

/** Whether a person may trust a workspace. */
export function mayTrust({ role, scopes }: Me): boolean {
  return role.toLowerCase() === 'owner' && scopes.some((scope) => scope.toLowerCase() === 'admin');
}

/** The sentence for a file that this person cannot change. */
export function readOnlySentence(mayEdit: boolean): string {
  return mayEdit
    ? 'This file is read-only.'
    : 'You may read this file and watch others work on it. Only editors can change it; ask the owner for the role.';
}

/** The sentence for a change of the tree that the server refused; `path` is the file or folder concerned. */
export function treeRefusal(error: ApiError, path: string): string {
  switch (error.failure) {
    case 'file-exists':
    case 'is-a-folder':
      return `${error.tags['path'] ?? path} already exists; nothing was overwritten. Choose another path.`;
    case 'precondition-failed':
      return `${path} has changed since the dialog opened: check it, then try again.`;
    case 'path-clash':
      return `The name of another file differs from ${path} only in upper and lower case. Choose another name.`;
    case 'path-illegal':
      return error.tags['reason'] === 'inside-itself' ? 'A folder cannot be moved into itself. Choose another path.' : `“${path}” cannot be a path${why(error)}.`;
    case 'file-ignored':
      return `${path} is on the ignore list of this workspace, so it is not shared. Change .gitignore to share it.`;
    case 'file-read-only':
      return `${path} is read-only on disk. Ask its owner to make it writable first.`;
    case 'file-unknown':
      return `${path} no longer exists. Refresh the list.`;
    case 'file-too-large':
      return `${path} is larger than 32 MiB, the size limit. Split it, or change it outside Q-IDE.`;
    case 'too-many-files':
      return 'That is more files than the server changes at once. Choose fewer.';
    case 'forbidden':
      return 'Only editors can change files. Ask the owner for the role.';
    case 'archive-refused':
      return `The zip file was refused: ${ARCHIVE_REASONS[error.tags['reason'] ?? ''] ?? 'it cannot be read'}${error.tags['entry'] ? ` (${error.tags['entry']})` : ''}.`;
    case 'message-too-large':
      return 'The zip file is larger than 64 MiB, the largest allowed size. Split it.';
    default:
      return error.message;
  }
}

/** The sentence for a workspace that the server does not create, delete or trust. */
export function workspaceRefusal(error: ApiError, name: string): string {
  switch (error.failure as string) {
    case 'workspace-name-illegal':
      return `“${name}” cannot be the name: use 1 to 64 letters, digits, dots, dashes and underscores, with a letter or a digit first.`;
    case 'workspace-exists':
      return error.tags['reason'] === 'directory'
        ? `The server’s data directory already has a folder named ${error.tags['name'] ?? name}: choose another name.`
        : `A workspace named ${error.tags['name'] ?? name} already exists: choose another name.`;
    case 'template-unknown':
      return 'The server no longer has this template. Choose another one.';
    case 'too-many-workspaces':
      return `There are already ${error.tags['limit'] ?? 'too many'} workspaces: delete one first.`;
    case 'workspace-unknown':
      return `The workspace ${name} no longer exists. Reload the page.`;
    case 'workspace-not-managed':
      return `${name} was named on the server’s command line. Restart the server without it to remove it.`;
    case 'trust-given-at-start':
      return trustedByCommandLine(name);
    case 'forbidden':
      return 'Only owners may do this. Ask the owner.';
    default:
      return treeRefusal(error, name);
  }
}

/** The sentence for trust that the page cannot withdraw. */
export function trustedByCommandLine(name: string): string {
  return `${name} is trusted by the server’s command line. Restart the server without --trust to withdraw that.`;
}

function why({ tags }: ApiError): string {
  const reasons: Record<string, string> = {
    'too-long': 'it is too long',
    'too-deep': 'its folders are too deep',
    'empty-segment': 'a folder in it has no name',
    'dot-segment': 'no name may be . or ..',
    'dot-or-space-at-end': 'no name may end with a dot or a space',
    backslash: 'it has a backslash',
    character: 'it has a character that is not allowed in names',
    'not-a-folder': 'a folder in it is a file',
  };
  const reason = reasons[tags['reason'] ?? ''];
  return reason === undefined ? '' : `: ${reason}`;
}

const ARCHIVE_REASONS: Readonly<Record<string, string>> = {
  none: 'choose one first',
  'no-zip': 'it is not a zip file',
  cut: 'its end is missing',
  damaged: 'it is damaged',
  encrypted: 'an entry is encrypted',
  link: 'it contains a link',
  'not-a-file': 'it contains an entry that is not a file',
  'larger-than-it-says': 'an entry is larger than declared',
  ratio: 'an entry has a suspicious compression ratio',
  twice: 'it contains a name twice',
  'file-and-folder': 'a name in it is both a file and a folder',
  'name-not-utf-8': 'a name in it is not UTF-8',
  'empty-segment': 'a path in it leads out of the workspace or has no name',
  'dot-segment': 'a path in it leads out of the workspace',
  'dot-or-space-at-end': 'a name in it ends with a dot or a space',
  backslash: 'a path in it has a backslash',
  character: 'a path in it has a character that is not allowed in names',
  'zip64-or-several-disks': 'it is a ZIP64 or multi-disk file, which is not supported',
};
