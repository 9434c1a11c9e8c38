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

/** How long a jump waits for the person's caret after their file was opened. */
const JUMP_MILLISECONDS = 5_000;

/** A banner that appears with the file changes the editor's height, which would interrupt smooth scrolling. */
const AT_ONCE = monaco.editor.ScrollType.Immediate;

/** The parts of the page that follow the shown file. */
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
  /** The person to jump to as soon as their caret has arrived. */
  private jumpTarget: { member: Member; place: Place; until: number } | null = null;
  /** Why the editor is read-only; null if it is not. */
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

  /** Opens a file and selects a range in it, for instance a match of a search. */
  async openAt(path: string, range: monaco.IRange): Promise<void> {
    if ((await this.open(path)) === null) return;
    this.parts.editor.setSelection(range);
    this.parts.editor.revealRangeInCenterIfOutsideViewport(range, AT_ONCE);
  }

  /** Called by Monaco for a position in another file: the target of a definition or a reference. */
  private async openPlace(resource: monaco.Uri, selection?: monaco.IRange | monaco.IPosition): Promise<boolean> {
    const { documents, editor } = this.parts;
    const openFile = documents.byUri(resource);
    const path = openFile?.path ?? pathOfUri(uriOfPath(resource.path.slice(1)));
    if (path === null) return false;
    if (openFile) this.show(openFile);
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

  /** Closes a tab, unless text would be lost. */
  close(file: OpenFile): void {
    const { status } = this.parts;
    if (file.state.unacknowledged > 0) {
      return status.say(`${file.name} has edits that are not yet saved: close it when they are.`, true);
    }
    if (file.state.conflictCopy !== null) {
      return status.say(`${file.name} holds text of yours that is nowhere else: keep it as a copy or discard it first.`, true);
    }
    this.closeNow(file);
  }

  /** Closes a file that this person deleted, or all files in a deleted folder, except those with text that is nowhere else. */
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

  /** Keeps a moved file open under its new path, or all files in a moved folder. */
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
      status.say(`${file.path} is now ${path}`);
    }
    this.draw();
  }

  /** Opens a person's file and moves to their caret. */
  async jump(member: Member, place: Place): Promise<void> {
    const file = this.parts.documents.get(place.path) ?? (await this.open(place.path));
    if (!file) return;
    if (file !== this.shown) this.show(file);
    this.jumpTarget = { member, place, until: Date.now() + JUMP_MILLISECONDS };
    requestAnimationFrame(() => this.seek());
  }

  /** Presence has changed: moves to the caret of the jump target, if it has arrived. */
  presenceChanged(file: OpenFile): void {
    if (file === this.shown) this.parts.presence.redraw();
    if (this.jumpTarget) requestAnimationFrame(() => this.seek());
  }

  private seek(): void {
    if (!this.jumpTarget) return;
    const { member, place, until } = this.jumpTarget;
    if (this.shown?.path !== place.path || Date.now() > until || this.parts.presence.reveal(member.key, place.client)) this.jumpTarget = null;
  }

  /** The displayed state of a file has changed; a replaced document has a new binding. */
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
    const sentence = isGone ? 'This file was deleted or moved: create it again to continue.' : this.readOnlySentence;
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
