import './preview.css';
import type { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import type { EditorInput } from '@codingame/monaco-vscode-api/vscode/vs/workbench/common/editor/editorInput';
import { registerEditor, registerEditorPane, RegisteredEditorPriority, SimpleEditorInput, SimpleEditorPane } from '@codingame/monaco-vscode-workbench-service-override';
import { h } from 'qide-vscode/dom.js';
import type { FilesApi } from '../api.js';
import type { WorkspaceFileSystem } from '../files/workspace-file-system.js';
import { nameOf } from '../paths.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import { dataUrlOf, isImage } from './images.js';

const ID = 'qide.imagePreview';

/** Where the preview reads images. */
interface Source {
  readonly api: FilesApi;
  readonly uris: WorkspaceUris;
  readonly fileSystem: WorkspaceFileSystem;
}

class ImageInput extends SimpleEditorInput {
  constructor(readonly image: URI) {
    super(image);
    this.setName(nameOf(image.path));
  }

  get typeId(): string {
    return ID;
  }

  override get editorId(): string {
    return ID;
  }

  override matches(other: unknown): boolean {
    return other instanceof ImageInput && other.image.toString() === this.image.toString();
  }
}

/** Shows images of the workspace in tabs, and shows them again when they change. */
export function registerImagePreview(source: Source): void {
  class ImagePane extends SimpleEditorPane {
    private readonly picture = h('img', { alt: '' });
    private readonly note = h('p', { role: 'status' });
    /** Counts the downloads: a slow one must not replace a newer one. */
    private downloads = 0;

    initialize(): HTMLElement {
      return h('div', { class: 'image-preview', tabindex: '0' }, this.picture, this.note);
    }

    async renderInput(input: EditorInput) {
      const path = source.uris.pathOf((input as ImageInput).image) ?? '';
      const shown = () => void this.show(path);
      shown();
      return source.fileSystem.onDidChangeFile((changes) => changes.some(({ resource }) => source.uris.pathOf(resource) === path) && shown());
    }

    private async show(path: string): Promise<void> {
      const download = ++this.downloads;
      this.picture.alt = nameOf(path);
      try {
        const url = await dataUrlOf(source.api, path);
        if (download !== this.downloads) return;
        this.picture.src = url;
        await this.picture.decode();
        this.note.textContent = `${this.picture.naturalWidth} × ${this.picture.naturalHeight}`;
      } catch (error) {
        if (download !== this.downloads) return;
        this.picture.removeAttribute('src');
        this.note.textContent = error instanceof DOMException ? `${path} cannot be shown: it is not a whole image.` : String((error as Error).message);
      }
    }
  }
  registerEditorPane(ID, 'Image preview', ImagePane as never, [ImageInput]);
  const priority = { editor: RegisteredEditorPriority.default, diff: RegisteredEditorPriority.option, merge: RegisteredEditorPriority.option };
  registerEditor(
    '*',
    { id: ID, label: 'Image preview', priority },
    { canSupportResource: (resource) => source.uris.pathOf(resource) !== null && isImage(resource.path) },
    { createEditorInput: ({ resource }) => ({ editor: new ImageInput(resource) }) },
  );
}
