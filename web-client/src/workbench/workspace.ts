import type { Connection, Me, WorkspaceList } from '@qide/client';
import type { Doc } from 'yjs';
import type { MembersList } from 'qide-vscode/members/members-list.js';
import type { FilesApi } from '../api.js';
import type { FileList } from '../files/file-list.js';
import type { WorkspaceFileSystem } from '../files/workspace-file-system.js';
import type { People } from '../people/people.js';
import type { OfflineDocument } from '../text/offline-edits.js';
import type { SharedFiles } from '../text/shared-files.js';
import type { WorkbenchModels } from '../text/workbench-models.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import type { EditAccess } from './edit-access.js';

/** Everything of one workspace that the features of the page share. */
export interface Workspace {
  readonly name: string;
  readonly person: Me;
  readonly access: EditAccess;
  readonly list: WorkspaceList;
  readonly uris: WorkspaceUris;
  readonly api: FilesApi;
  readonly connection: Connection;
  readonly fileList: FileList;
  readonly fileSystem: WorkspaceFileSystem;
  readonly files: SharedFiles;
  readonly models: WorkbenchModels;
  readonly members: MembersList;
  readonly people: People;
  readonly events: WorkspaceEvents;
}

/** Whether the person may use terminals of the workspace. */
export function mayUseTerminals({ list, name }: Pick<Workspace, 'list' | 'name'>): boolean {
  return list.workspaces.some((one) => one.name === name && one.terminals);
}

/** What the parts below the workbench report; set by the features that show it. */
export interface WorkspaceEvents {
  changed: () => void;
  replaced: (path: string, copy: OfflineDocument | null) => void;
  moved: (from: string, to: string) => void;
  pathOf: (doc: Doc, isWanted: () => boolean) => Promise<string | null>;
}
