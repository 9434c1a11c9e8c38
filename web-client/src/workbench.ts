import { Connection, providerSocket, type FileChangedParams, type FileSavedParams, type Me, type PresenceParams, type StatusParams } from '@qide/client';
import { ApiError, FilesApi } from './api.js';
import { Documents, type OpenFile } from './documents.js';
import { GhostText } from './ghost-text.js';
import { KeptEditsStore } from './kept-edits.js';
import { Language } from './language.js';
import { Layout } from './layout.js';
import type { Member, Place } from './members.js';
import { createEditor, monaco } from './monaco.js';
import { pathOfUri, uriOfPath } from './paths.js';
import { People } from './people.js';
import { Presence } from './presence.js';
import { OpenError, readOnlySentence } from './refusals.js';
import { Saving } from './saving.js';
import { SignInWatch } from './sign-in-watch.js';
import { StatusBar } from './status-bar.js';
import { FileTree } from './tree.js';

/** How soon after the news of a new file the list is read again. */
const REFRESH_MILLISECONDS = 500;
/** How long the caret of somebody may take to arrive after their file was opened. */
const JUMP_MILLISECONDS = 5_000;

const SIGNED_OUT = 'You are signed out. Sign in by the server’s link in another tab: this page then goes on by itself.';

/** One workspace on one page: wires the connection, documents, language, presence and the frame. */
export class Workbench {
  private readonly status = new StatusBar();
  private readonly tree = new FileTree();
  private readonly api: FilesApi;
  private readonly connection: Connection;
  private readonly documents: Documents;
  private readonly language: Language;
  private readonly ghostText: GhostText;
  private readonly layout: Layout;
  private readonly editor: monaco.editor.IStandaloneCodeEditor;
  private readonly presence: Presence;
  private readonly people: People;
  private readonly saving: Saving;
  private readonly readOnlySentence: string;
  /** Whom to show as soon as their caret has arrived. */
  private sought: { member: Member; place: Place; until: number } | null = null;
  /** Why the editor takes no typing just now. */
  private readOnly: string | null = null;
  private tabs: OpenFile[] = [];
  private shown: OpenFile | null = null;
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    root: HTMLElement,
    person: Me,
    private readonly workspaceNames: readonly string[],
    private readonly workspace: string,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.connection = new Connection({ url: `${scheme}://${location.host}/ws/${encodeURIComponent(workspace)}` });
    this.api = new FilesApi(workspace);
    const said = (sentence: string, isProblem: boolean) => this.status.say(sentence, isProblem);
    this.documents = new Documents(
      providerSocket(this.connection),
      this.api,
      { changed: (file) => this.fileChanged(file), presence: (file) => this.presenceChanged(file), said },
      person.name,
      new KeptEditsStore(person.id, workspace),
    );
    this.people = new People(person, this.documents);
    this.readOnlySentence = readOnlySentence(person);
    const parts = { tree: this.tree.element, status: this.status.element, people: this.people.button, members: this.people.list };
    this.layout = new Layout(root, this.actions(), parts, this.readOnlySentence);
    this.saving = new Saving(this.connection, this.documents, this.layout, this.status);
    this.editor = createEditor(this.layout.editorHost);
    this.presence = new Presence(this.editor);
    this.language = new Language(this.connection, this.documents, { notified: (method, params) => this.notified(method, params), said });
    this.ghostText = new GhostText(this.language.transport, this.documents, said);
    this.listen();
  }

  async start(): Promise<void> {
    document.title = `${this.workspace} · Q-IDE`;
    this.layout.showWorkspaces(this.workspaceNames, this.workspace);
    this.drawFile();
    this.status.showProblems(0, 0);
    this.connection.start();
    await this.refresh();
    await this.attempt(() => this.takeUpKept());
    const wanted = new URLSearchParams(location.search).get('file');
    if (wanted !== null) await this.openPath(wanted);
  }

  /** What an earlier visit could not send is sent now. */
  private async takeUpKept(): Promise<void> {
    const { opened, copied } = await this.documents.openKept();
    for (const file of opened) this.show(file);
    if (copied.length > 0) await this.refresh();
    const words = [
      ...opened.map(({ name }) => `edits of ${name} from your last visit are being saved`),
      ...copied.map((path) => `a file you had changed is gone: your text is in ${path}`),
    ];
    if (words.length > 0) this.status.say(words.join('; '));
  }

  private listen(): void {
    const { connection, status } = this;
    const signIn = new SignInWatch(connection, () => status.say(SIGNED_OUT, true, true));
    connection.onText = (message) => this.language.transport.receive(message);
    connection.onUp = () => this.language.transport.up();
    connection.onDown = () => {
      this.language.transport.down();
      // What the server told holds no longer; on the next line it tells again.
      this.people.forgetTold();
      this.saving.databaseTold(false);
    };
    connection.onState = (state) => {
      status.showConnection(state);
      if (state === 'open') status.say('', false, true);
      signIn.changed(state);
      this.drawSaving();
    };
    this.language.transport.onReady = (capabilities) => {
      this.ghostText.switchTo(Boolean((capabilities as { inlineCompletionProvider?: unknown } | undefined)?.inlineCompletionProvider));
    };
    this.presence.colourOf = (key) => this.people.colourOf(key);
    this.people.onChange = () => this.presence.redraw();
    this.people.onJump = (member, place) => void this.jump(member, place);
    this.tree.onOpen = (path) => void this.openPath(path);
    status.onProblems = () => this.run('editor.action.marker.next');
    this.editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => void this.save());
    this.editor.onDidChangeCursorPosition(() => this.showPlace());
    monaco.editor.onDidChangeMarkers(() => this.showProblems());
    monaco.editor.registerEditorOpener({
      openCodeEditor: (_source, resource, selection) => this.openPlace(resource, selection),
    });
    addEventListener('online', () => connection.retryNow());
    addEventListener('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      if (!this.editor.hasTextFocus()) void this.save();
    });
    addEventListener('beforeunload', (event) => {
      const wouldLose = this.documents.all().some(({ state }) => state.unacknowledged > 0 || state.conflictCopy !== null || state.isGone);
      if (wouldLose) event.preventDefault();
    });
  }

  private actions() {
    const attempt = (work: () => Promise<unknown>) => void this.attempt(work);
    return {
      undo: () => this.withFocus(() => this.shown?.binding.undoManager.undo()),
      redo: () => this.withFocus(() => this.shown?.binding.undoManager.redo()),
      newFile: (path: string) => attempt(() => this.makeFile(path)),
      refresh: () => attempt(() => this.refresh()),
      pickWorkspace: (name: string) => location.assign(`?workspace=${encodeURIComponent(name)}`),
      show: (file: OpenFile) => this.show(file),
      close: (file: OpenFile) => this.closeTab(file),
      command: (id: string) => this.run(id),
      makeAgain: (file: OpenFile) => attempt(() => this.makeAgain(file)),
      keepCopy: (file: OpenFile) =>
        attempt(async () => {
          const path = await this.documents.keepConflictCopy(file);
          await this.refresh();
          await this.openPath(path);
        }),
      dropCopy: (file: OpenFile) => this.documents.dropConflictCopy(file),
    };
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof OpenError)) throw error;
      this.status.say(error.message, true);
    }
  }

  private async refresh(): Promise<void> {
    await this.attempt(async () => {
      const { files, truncated } = await this.api.list();
      this.tree.show(files);
      if (truncated) this.status.say('This workspace has more files than are listed here.', false);
    });
  }

  private async makeFile(path: string): Promise<void> {
    if (path === '') return;
    await this.api.create(path, '');
    await this.refresh();
    await this.openPath(path);
  }

  private async openPath(path: string): Promise<OpenFile | null> {
    this.status.say(`Opening ${path} …`, false, true);
    let file: OpenFile | null = null;
    await this.attempt(async () => {
      file = await this.documents.open(path);
      this.status.say('', false, true);
      this.show(file);
    });
    return file;
  }

  /** Monaco asks for a place in another file: the answer to a definition, a reference. */
  private async openPlace(resource: monaco.Uri, selection?: monaco.IRange | monaco.IPosition): Promise<boolean> {
    const path = this.documents.byUri(resource)?.path ?? pathOfUri(uriOfPath(resource.path.slice(1)));
    if (path === null) return false;
    const file = await this.openPath(path);
    if (file === null || !selection) return file !== null;
    const position = 'lineNumber' in selection ? selection : { lineNumber: selection.startLineNumber, column: selection.startColumn };
    this.editor.setPosition(position);
    this.editor.revealPositionInCenterIfOutsideViewport(position);
    return true;
  }

  private show(file: OpenFile): void {
    if (this.shown) this.shown.viewState = this.editor.saveViewState();
    if (!file.hasTab) {
      file.hasTab = true;
      this.tabs.push(file);
    }
    this.shown = file;
    this.editor.setModel(file.model);
    if (file.viewState) this.editor.restoreViewState(file.viewState);
    file.binding.onUndone = (offset) => this.showUndone(file, offset);
    this.presence.show(file);
    this.layout.closeDrawerOnPhone();
    this.tree.select(file.path);
    this.drawFile();
    this.showProblems();
    this.showPlace();
    this.editor.focus();
  }

  private closeTab(file: OpenFile): void {
    if (file.state.unacknowledged > 0) {
      this.status.say(`${file.name} has edits that are not yet on the server: it stays open until they are.`, true);
      return;
    }
    if (file.state.conflictCopy !== null) {
      this.status.say(`${file.name} holds a text of yours that is nowhere else: keep it as a copy or drop it first.`, true);
      return;
    }
    const at = this.tabs.indexOf(file);
    this.tabs.splice(at, 1);
    const next = this.tabs[at] ?? this.tabs[at - 1] ?? null;
    if (this.shown === file) {
      this.shown = null;
      this.presence.show(null);
      this.editor.setModel(null);
    }
    this.documents.close(file);
    if (this.shown === null && next) this.show(next);
    else if (this.shown === null) this.tree.select(null);
    this.drawFile();
    this.showPlace();
  }

  private async save(): Promise<void> {
    const file = this.shown;
    if (!file) return;
    if (file.state.isReadOnly) return this.status.say(this.readOnlySentence, false);
    if (file.state.isGone) return this.status.say(`${file.name} was deleted or moved: make the file again to save it.`, true);
    // Language servers that work on saved files hear of it.
    if (await this.saving.save(file)) this.language.transport.notify('textDocument/didSave', { textDocument: { uri: uriOfPath(file.path) } });
  }

  private async makeAgain(file: OpenFile): Promise<void> {
    await this.documents.makeAgain(file);
    if (file === this.shown) this.presence.show(file);
    await this.refresh();
  }

  private notified(method: string, params: unknown): boolean {
    switch (method) {
      case 'qide/status':
        this.statusTold(params as StatusParams);
        return true;
      case 'qide/presence':
        this.people.tell(params as PresenceParams);
        return true;
      case 'qide/fileSaved':
        // What everybody typed has reached the file; only a file that is new is news here.
        if (!this.tree.has((params as FileSavedParams).path)) this.refreshSoon();
        return true;
      case 'qide/fileChanged': {
        const { path, etag, movedTo } = params as FileChangedParams;
        if (movedTo !== undefined) void this.attempt(() => this.follow(path, movedTo));
        if (etag !== undefined && this.documents.get(path)?.hasTab) this.status.say(`A tool changed ${path}: that is merged in`);
        if (etag === undefined || !this.tree.has(path)) this.refreshSoon();
        return true;
      }
      default:
        return false;
    }
  }

  /** A file that somebody gave another path stays open, with all that lay in a folder. */
  private async follow(from: string, to: string): Promise<void> {
    this.refreshSoon();
    for (const file of [...this.tabs]) {
      if (file.path !== from && !file.path.startsWith(`${from}/`)) continue;
      const path = to + file.path.slice(from.length);
      const isShown = file === this.shown;
      if (isShown) {
        file.viewState = this.editor.saveViewState();
        this.shown = null;
        this.presence.show(null);
        this.editor.setModel(null);
      }
      const next = await this.documents.follow(file, path);
      next.hasTab = true;
      this.tabs = this.tabs.filter((tab) => tab !== next).map((tab) => (tab === file ? next : tab));
      if (isShown) this.show(next);
      this.status.say(`${file.path} is ${path} now`);
    }
    this.drawFile();
  }

  private statusTold({ component, message, severity }: StatusParams): void {
    if (component !== 'database') return this.status.say(message, severity === 'error', true);
    this.saving.databaseTold(severity === 'error', message);
    this.drawSaving();
  }

  /** Several files may appear at once: the list is read once for all of them. */
  private refreshSoon(): void {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => void this.refresh(), REFRESH_MILLISECONDS);
  }

  private presenceChanged(file: OpenFile): void {
    this.people.changed();
    if (file === this.shown) this.presence.redraw();
    if (this.sought) requestAnimationFrame(() => this.seek());
  }

  private async jump(member: Member, place: Place): Promise<void> {
    const file = this.documents.get(place.path) ?? (await this.openPath(place.path));
    if (!file) return;
    if (file !== this.shown) this.show(file);
    this.sought = { member, place, until: Date.now() + JUMP_MILLISECONDS };
    requestAnimationFrame(() => this.seek());
  }

  /** Goes to the caret of whom the person asked for, once it is there. */
  private seek(): void {
    if (!this.sought) return;
    const { member, place, until } = this.sought;
    if (this.shown?.path !== place.path || Date.now() > until || this.presence.reveal(member.key, place.client)) this.sought = null;
  }

  private fileChanged(file: OpenFile): void {
    if (file === this.shown) {
      // A document that was replaced has a new binding and new presence.
      file.binding.onUndone = (offset) => this.showUndone(file, offset);
    }
    this.drawFile();
  }

  private drawFile(): void {
    const { shown } = this;
    this.drawSaving();
    this.layout.showTools(shown);
    this.layout.showBanner(shown);
    const { isReadOnly, isGone } = shown?.state ?? { isReadOnly: false, isGone: false };
    const sentence = isGone ? 'This file was deleted or moved: make it again to go on.' : this.readOnlySentence;
    const readOnly = isReadOnly || isGone ? sentence : null;
    if (readOnly === this.readOnly) return;
    this.readOnly = readOnly;
    this.editor.updateOptions({ readOnly: readOnly !== null, readOnlyMessage: { value: sentence } });
  }

  private drawSaving(): void {
    this.saving.draw(this.tabs, this.shown);
  }

  private showUndone(file: OpenFile, offset: number): void {
    if (file !== this.shown) return;
    const position = file.model.getPositionAt(offset);
    this.editor.setPosition(position);
    this.editor.revealPositionInCenterIfOutsideViewport(position);
  }

  private showPlace(): void {
    const position = this.editor.getPosition();
    const language = this.shown?.model.getLanguageId() ?? '';
    this.status.showPlace(position && this.shown ? `Line ${position.lineNumber}, column ${position.column} · ${language}` : '');
  }

  private showProblems(): void {
    const markers = this.shown ? monaco.editor.getModelMarkers({ resource: this.shown.model.uri }) : [];
    const count = (severity: monaco.MarkerSeverity) => markers.filter((marker) => marker.severity === severity).length;
    this.status.showProblems(count(monaco.MarkerSeverity.Error), count(monaco.MarkerSeverity.Warning));
  }

  private run(command: string): void {
    this.withFocus(() => void this.editor.getAction(command)?.run());
  }

  private withFocus(work: () => void): void {
    this.editor.focus();
    work();
  }
}
