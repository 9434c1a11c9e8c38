import { ApiError } from '@qide/client';
import type { FilesApi } from '../api.js';
import { conflictPath } from '../paths.js';

/** Names tried for a conflict copy. */
const CONFLICT_NAMES = 20;

/** Stores a text that lost its path as a file beside it; returns the new path. */
export async function createConflictCopy(api: FilesApi, path: string, text: string): Promise<string> {
  for (let attempt = 1; attempt <= CONFLICT_NAMES; attempt += 1) {
    const copy = conflictPath(path, attempt);
    try {
      await api.create(copy, text);
      return copy;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
    }
  }
  throw new ApiError('path-clash', 409, 'There are too many conflict copies of this file: delete some first.');
}
