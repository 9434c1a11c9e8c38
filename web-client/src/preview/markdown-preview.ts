import './preview.css';
import { getService, IEditorService, IExtensionService, ILanguageService, ITextModelService } from '@codingame/monaco-vscode-api';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import type { EditorInput } from '@codingame/monaco-vscode-api/vscode/vs/workbench/common/editor/editorInput';
import { renderMarkdownDocument } from '@codingame/monaco-vscode-api/vscode/vs/workbench/contrib/markdown/browser/markdownDocumentRenderer';
import { ACTIVE_GROUP, SIDE_GROUP } from '@codingame/monaco-vscode-api/vscode/vs/workbench/services/editor/common/editorService';
import { registerEditorPane, SimpleEditorInput, SimpleEditorPane } from '@codingame/monaco-vscode-workbench-service-override';
import { h } from 'qide-vscode/dom.js';
import * as vscode from 'vscode';
import type { FilesApi } from '../api.js';
import { nameOf, parentOf } from '../paths.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import { dataUrlOf } from './images.js';

const ID = 'qide.markdownPreview';
/** How long a text must be unchanged before it is rendered again. */
const PAUSE_MILLISECONDS = 150;
/** The images of one document that are loaded. */
const IMAGES = 100;

/** Where the preview reads texts and images. */
interface Source {
  readonly api: FilesApi;
  readonly uris: WorkspaceUris;
}

/** Its resource has a scheme of its own: a preview is no presence in the file. */
class MarkdownInput extends SimpleEditorInput {
  constructor(readonly document: URI) {
    super(document.with({ scheme: 'qide-preview' }));
    this.setName(`Preview ${nameOf(document.path)}`);
  }

  get typeId(): string {
    return ID;
  }

  override matches(other: unknown): boolean {
    return other instanceof MarkdownInput && other.document.toString() === this.document.toString();
  }
}

/** Shows Markdown as a page beside its text or instead of it; what anybody types appears there. */
export function registerMarkdownPreview(source: Source): void {
  class MarkdownPane extends SimpleEditorPane {
    private readonly page = h('article', { class: 'markdown-preview', tabindex: '0', onclick: (event) => void this.clicked(event) });
    private path = '';
    /** Counts the renderings: one that is slow, for instance by a large image, must not replace a newer one. */
    private renderings = 0;

    initialize(): HTMLElement {
      return this.page;
    }

    async renderInput(input: EditorInput) {
      const { document } = input as MarkdownInput;
      this.path = source.uris.pathOf(document) ?? '';
      const reference = await (await getService(ITextModelService)).createModelReference(document);
      const model = reference.object.textEditorModel!;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const show = () => void this.show(model.getValue());
      const listener = model.onDidChangeContent(() => {
        clearTimeout(timer);
        timer = setTimeout(show, PAUSE_MILLISECONDS);
      });
      show();
      return {
        dispose: () => {
          clearTimeout(timer);
          listener.dispose();
          reference.dispose();
        },
      };
    }

    private async show(text: string): Promise<void> {
      const rendering = ++this.renderings;
      const html = await renderMarkdownDocument(text, await getService(IExtensionService), await getService(ILanguageService), {
        sanitizerConfig: { allowRelativeLinkPaths: true, allowRelativeMediaPaths: true },
      });
      // In a template no address is loaded before it is replaced.
      const template = h('template');
      template.innerHTML = html as unknown as string;
      await Promise.all([...template.content.querySelectorAll('img')].map((image, at) => this.place(image, at)));
      if (rendering === this.renderings) this.page.replaceChildren(template.content);
    }

    /** Loads an image of the workspace; one of another server becomes a link, since the page loads nothing from there. */
    private async place(image: HTMLImageElement, at: number): Promise<void> {
      const address = image.getAttribute('src') ?? '';
      if (address.startsWith('data:image/')) return;
      const path = pathFrom(this.path, address);
      image.removeAttribute('src');
      const words = image.alt || address;
      if (path === null || at >= IMAGES) return image.replaceWith(path === null ? h('a', { href: address }, words) : words);
      try {
        image.src = await dataUrlOf(source.api, path);
      } catch {
        image.replaceWith(h('em', {}, `${words} (${path} cannot be shown)`));
      }
    }

    private async clicked(event: Event): Promise<void> {
      const link = (event.target as Element).closest('a');
      const address = link?.getAttribute('href') ?? link?.dataset['href'];
      if (!link || address === undefined || address === '') return;
      event.preventDefault();
      if (address.startsWith('#')) return this.page.querySelector(`[id="${CSS.escape(address.slice(1))}"]`)?.scrollIntoView();
      const path = pathFrom(this.path, address);
      if (path === null) await vscode.env.openExternal(vscode.Uri.parse(address));
      else await vscode.commands.executeCommand('vscode.open', vscode.Uri.from(source.uris.of(path)));
    }
  }
  registerEditorPane(ID, 'Markdown preview', MarkdownPane as never, [MarkdownInput]);
  const open = (group: number) => async (named?: vscode.Uri) => {
    const uri = named ?? vscode.window.activeTextEditor?.document.uri;
    if (uri) await (await getService(IEditorService)).openEditor(new MarkdownInput(URI.from(uri)), { pinned: true }, group);
  };
  vscode.commands.registerCommand('markdown.showPreview', open(ACTIVE_GROUP));
  vscode.commands.registerCommand('markdown.showPreviewToSide', open(SIDE_GROUP));
}

/** The path in the workspace that an address in a document means; null for one outside it. */
function pathFrom(document: string, address: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(address)) return null;
  try {
    // The base is not used but to resolve `.` and `..`.
    const url = new URL(address.split(/[?#]/)[0]!, `http://workspace/${parentOf(document).split('/').map(encodeURIComponent).join('/')}/`.replace(/\/+$/, '/'));
    return decodeURIComponent(url.pathname).replace(/^\/+/, '');
  } catch {
    return null;
  }
}
