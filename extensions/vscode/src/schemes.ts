/** The scheme of a workspace's files. */
export const SCHEME = 'qide';
/** The scheme of documents outside the workspace that a language server named. */
export const EXTERNAL_SCHEME = 'qide-external';
