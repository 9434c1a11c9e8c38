import type { WorkspaceFileSystem } from '../files/workspace-file-system.js';
import { readOnlySentence } from '../refusals.js';
import type { SharedFiles } from '../text/shared-files.js';
import type { WorkbenchModels } from '../text/workbench-models.js';

/** Whether this person may change the files of the workspace; the server reports when that changes. */
export class EditAccess {
  constructor(
    private isAllowed: boolean,
    private readonly models: WorkbenchModels,
    private readonly fileSystem: WorkspaceFileSystem,
    private readonly files: SharedFiles,
  ) {
    this.apply();
  }

  get mayEdit(): boolean {
    return this.isAllowed;
  }

  /** Makes the open editors and the tree read-only, or writable again. */
  changed(mayEdit: boolean): void {
    this.isAllowed = mayEdit;
    this.apply();
    this.files.accessChanged(mayEdit);
  }

  private apply(): void {
    const sentence = readOnlySentence(this.isAllowed);
    this.models.viewerSentence = sentence;
    this.fileSystem.setReadOnly(this.isAllowed ? null : sentence);
  }
}
