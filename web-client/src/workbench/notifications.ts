import type { AccessChangedParams, FileChangedParams, FileSavedParams, PresenceParams, SettingChangedParams, StatusParams, TeamChatMessage } from '@qide/client';
import { FileChangeType } from '@codingame/monaco-vscode-files-service-override';
import type { FileList } from '../files/file-list.js';
import type { WorkspaceFileSystem } from '../files/workspace-file-system.js';
import type { SharedFiles } from '../text/shared-files.js';

/** The delay between a notification of many changes and the refresh of the explorer. */
const REFRESH_MILLISECONDS = 300;

export interface NotificationEvents {
  status(params: StatusParams): void;
  presence(params: PresenceParams): void;
  access(params: AccessChangedParams): void;
  settingChanged(params: SettingChangedParams): void;
  teamChat(message: TeamChatMessage): void;
  /** A file or folder was moved: its editors follow. */
  moved(from: string, to: string): Promise<void>;
  refreshExplorer(): void;
  /** The text of a document was written to its file. */
  written(path: string): void;
  /** A person or a tool has changed a file. */
  changed(path: string): void;
}

/** Carries the server's notifications of changed files to the file system and to the open documents. */
export class Notifications {
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly list: FileList,
    private readonly fileSystem: WorkspaceFileSystem,
    private readonly files: SharedFiles,
    private readonly events: NotificationEvents,
  ) {}

  /** Handles a notification of Q-IDE's own; returns whether its method is known. */
  receive(method: string, params: unknown): boolean {
    switch (method) {
      case 'qide/status':
        this.events.status(params as StatusParams);
        return true;
      case 'qide/presence':
        this.events.presence(params as PresenceParams);
        return true;
      case 'qide/teamChatMessage':
        this.events.teamChat(params as TeamChatMessage);
        return true;
      case 'qide/accessChanged':
        this.events.access(params as AccessChangedParams);
        return true;
      case 'qide/settingChanged':
        this.events.settingChanged(params as SettingChangedParams);
        return true;
      case 'qide/fileSaved':
        void this.saved(params as FileSavedParams);
        return true;
      case 'qide/fileChanged':
        void this.changed(params as FileChangedParams);
        return true;
      case 'qide/treeChanged':
        this.treeChanged();
        return true;
      default:
        return false;
    }
  }

  /** The tree may have changed in ways that nobody notified of, for instance while there was no connection. */
  treeChanged(): void {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => {
      this.list.forget();
      this.events.refreshExplorer();
    }, REFRESH_MILLISECONDS);
  }

  /** A file or a folder was moved: the open documents and their editors follow. */
  async moved(path: string, movedTo: string): Promise<void> {
    this.files.moved(path, movedTo);
    // The editors look for the file at its new path.
    this.list.forget();
    await this.events.moved(path, movedTo);
    this.fileSystem.changed([
      { path, type: FileChangeType.DELETED },
      { path: movedTo, type: FileChangeType.ADDED },
    ]);
  }

  private async saved({ path, by }: FileSavedParams): Promise<void> {
    if (by === '') this.events.written(path);
    else this.events.changed(path);
    if (this.fileSystem.isCreating(path)) return;
    const isKnown = await this.list.has(path);
    // A person has replaced a file, for instance an image. The text of an open document is here already.
    if (!isKnown || (by !== '' && !this.files.get(path)?.undo)) this.fileSystem.changed([{ path, type: isKnown ? FileChangeType.UPDATED : FileChangeType.ADDED }]);
  }

  private async changed({ path, etag, movedTo, isNewFolder }: FileChangedParams): Promise<void> {
    if (movedTo !== undefined) return this.moved(path, movedTo);
    if (etag === undefined && !isNewFolder) return this.fileSystem.changed([{ path, type: FileChangeType.DELETED }]);
    this.events.changed(path);
    const isKnown = await this.list.has(path);
    // An open document has the change already, merged.
    if (!isKnown || !this.files.get(path)?.undo) this.fileSystem.changed([{ path, type: isKnown ? FileChangeType.UPDATED : FileChangeType.ADDED }]);
  }
}
