import type { Documents } from './documents.js';
import type { Layout } from './layout.js';
import type { Member, Place } from './members.js';
import { monaco } from './monaco.js';
import type { OpenFile } from './open-file.js';
import { pathOfUri, uriOfPath } from './paths.js';
import type { Presence } from './presence.js';
import type { Saving } from './saving.js';
import type { StatusBar } from './status-bar.js';
import type { FileTree } from './tree.js';

/** How long the caret of somebody may take to arrive after their file was opened. */
const JUMP_MILLISECONDS = 5_000;

/** A banner that comes with the file changes the editor's height, which would end a smooth movement half-way. */
const AT_ONCE = monaco.editor.ScrollType.Immediate;

/** What of the page follows the shown file. */
export interface TabsParts {
  readonly editor: monaco.editor.IStandaloneCodeEditor;
  readonly documents: Documents;
  readonly layout: Layout;
  readonly presence: Presence;
  readonly saving: Saving;
  readonly status: StatusBar;
  readonly tree: FileTree;
}

/** The open tabs and the file that the editor shows. */
export class Tabs {
  shown: OpenFile | null = null;
  private tabs: OpenFile[] = [];
  /** Whom to show as soon as their caret has arrived. */
  private sought: { member: Member; place: Place; until: number } | null = null;
  /** Why the editor takes no typing just now. */
  private readOnly: string | null = null;

  constructor(
    private readonly parts: TabsParts,
    private readonly readOnlySentence: string,
  ) {
    parts.editor.onDidChangeCursorPosition(() => this.showPlace());
    monaco.editor.onDidChangeMarkers(() => this.showProblems());
    monaco.editor.registerEditorOpener({ openCodeEditor: (_source, resource, selection) => this.openPlace(resource, selection) });
  }

  async open(path: string): Promise<OpenFile | null> {
    const { status, documents } = this.parts;
    status.say(`Opening ${path} …`, false, true);
    let file: OpenFile | null = null;
    await status.attempt(async () => {
      file = await documents.open(path);
      status.say('', false, true);
      this.show(file);
    });
    return file;
  }

  /** Opens a file and selects a range in it, for instance what a search found. */
  async openAt(path: string, range: monaco.IRange): Promise<void> {
    if ((await this.open(path)) === null) return;
    this.parts.editor.setSelection(range);
    this.parts.editor.revealRangeInCenterIfOutsideViewport(range, AT_ONCE);
  }

  /** Monaco asks for a place in another file: the answer to a definition, a reference. */
  private async openPlace(resource: monaco.Uri, selection?: monaco.IRange | monaco.IPosition): Promise<boolean> {
    const { documents, editor } = this.parts;
    const there = documents.byUri(resource);
    const path = there?.path ?? pathOfUri(uriOfPath(resource.path.slice(1)));
    if (path === null) return false;
    if (there) this.show(there);
    else if ((await this.open(path)) === null) return false;
    if (!selection) return true;
    const position = 'lineNumber' in selection ? selection : { lineNumber: selection.startLineNumber, column: selection.startColumn };
    editor.setPosition(position);
    editor.revealPositionInCenterIfOutsideViewport(position, AT_ONCE);
    return true;
  }

  show(file: OpenFile): void {
    const { editor, layout, presence, tree } = this.parts;
    if (this.shown) this.shown.viewState = editor.saveViewState();
    if (!file.hasTab) {
      file.hasTab = true;
      this.tabs.push(file);
    }
    this.shown = file;
    editor.setModel(file.model);
    if (file.viewState) editor.restoreViewState(file.viewState);
    presence.show(file);
    layout.closeDrawerOnPhone();
    tree.select(file.kind === 'external' ? null : file.path);
    this.changed(file);
    this.showProblems();
    this.showPlace();
    editor.focus();
  }

  /** Closes a tab that the person no longer wants, unless something would be lost. */
  close(file: OpenFile): void {
    const { status } = this.parts;
    if (file.state.unacknowledged > 0) {
      return status.say(`${file.name} has edits that are not yet on the server: it stays open until they are.`, true);
    }
    if (file.state.conflictCopy !== null) {
      return status.say(`${file.name} holds a text of yours that is nowhere else: keep it as a copy or drop it first.`, true);
    }
    this.closeNow(file);
  }

  /** Closes what this person has deleted, the file or all in the folder, but for what holds text that is nowhere else. */
  closeUnder(path: string): void {
    for (const file of this.under(path)) {
      if (!file.holdsText) this.closeNow(file);
    }
  }

  /** The open tabs of a file, or of all files in a folder. */
  under(path: string): OpenFile[] {
    return this.tabs.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
  }

  private closeNow(file: OpenFile): void {
    const at = this.tabs.indexOf(file);
    this.tabs.splice(at, 1);
    const next = this.tabs[at] ?? this.tabs[at - 1] ?? null;
    const wasShown = this.shown === file;
    if (wasShown) this.showNothing();
    this.parts.documents.close(file);
    if (wasShown && next) this.show(next);
    else if (wasShown) this.parts.tree.select(null);
    this.draw();
    this.showPlace();
  }

  private showNothing(): void {
    this.shown = null;
    this.parts.presence.show(null);
    this.parts.editor.setModel(null);
  }

  /** A file that somebody gave another path stays open, with all that lay in a folder. */
  async follow(from: string, to: string): Promise<void> {
    const { documents, editor, status } = this.parts;
    for (const file of this.under(from)) {
      const path = to + file.path.slice(from.length);
      const isShown = file === this.shown;
      if (isShown) {
        file.viewState = editor.saveViewState();
        this.showNothing();
      }
      const next = await documents.follow(file, path);
      next.hasTab = true;
      this.tabs = this.tabs.filter((tab) => tab !== next).map((tab) => (tab === file ? next : tab));
      if (isShown) this.show(next);
      status.say(`${file.path} is ${path} now`);
    }
    this.draw();
  }

  /** Goes to where somebody is. */
  async jump(member: Member, place: Place): Promise<void> {
    const file = this.parts.documents.get(place.path) ?? (await this.open(place.path));
    if (!file) return;
    if (file !== this.shown) this.show(file);
    this.sought = { member, place, until: Date.now() + JUMP_MILLISECONDS };
    requestAnimationFrame(() => this.seek());
  }

  /** Presence has changed: goes to the caret of whom the person asked for, once it is there. */
  presenceChanged(file: OpenFile): void {
    if (file === this.shown) this.parts.presence.redraw();
    if (this.sought) requestAnimationFrame(() => this.seek());
  }

  private seek(): void {
    if (!this.sought) return;
    const { member, place, until } = this.sought;
    if (this.shown?.path !== place.path || Date.now() > until || this.parts.presence.reveal(member.key, place.client)) this.sought = null;
  }

  /** Something that is shown of a file has changed; a document that was replaced has a new binding. */
  changed(file: OpenFile): void {
    if (file === this.shown && file.binding) file.binding.onUndone = (offset) => this.showUndone(file, offset);
    this.draw();
  }

  /** Shows a file's new document: presence follows it. */
  replaced(file: OpenFile): void {
    if (file === this.shown) this.parts.presence.show(file);
  }

  draw(): void {
    const { shown } = this;
    const { editor, layout } = this.parts;
    this.drawSaving();
    layout.showTools(shown);
    layout.showBanner(shown);
    const { isReadOnly, isGone } = shown?.state ?? { isReadOnly: false, isGone: false };
    const sentence = isGone ? 'This file was deleted or moved: make it again to go on.' : this.readOnlySentence;
    const readOnly = isReadOnly || isGone ? sentence : null;
    if (readOnly === this.readOnly) return;
    this.readOnly = readOnly;
    editor.updateOptions({ readOnly: readOnly !== null, readOnlyMessage: { value: sentence } });
  }

  drawSaving(): void {
    this.parts.saving.draw(this.tabs, this.shown);
  }

  private showUndone(file: OpenFile, offset: number): void {
    if (file !== this.shown) return;
    const position = file.model.getPositionAt(offset);
    this.parts.editor.setPosition(position);
    this.parts.editor.revealPositionInCenterIfOutsideViewport(position);
  }

  private showPlace(): void {
    const position = this.parts.editor.getPosition();
    const language = this.shown?.model.getLanguageId() ?? '';
    this.parts.status.showPlace(position && this.shown ? `Line ${position.lineNumber}, column ${position.column} · ${language}` : '');
  }

  private showProblems(): void {
    const markers = this.shown ? monaco.editor.getModelMarkers({ resource: this.shown.model.uri }) : [];
    const count = (severity: monaco.MarkerSeverity) => markers.filter((marker) => marker.severity === severity).length;
    this.parts.status.showProblems(count(monaco.MarkerSeverity.Error), count(monaco.MarkerSeverity.Warning));
  }
}
