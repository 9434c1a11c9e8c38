import { Connection, providerSocket, type FileChangedParams, type FileSavedParams, type Me, type StatusParams } from '@qide/client';
import { ApiError, FilesApi, me } from './api.js';
import { Documents, OpenError, type OpenFile } from './documents.js';
import { GhostText } from './ghost-text.js';
import { Language } from './language.js';
import { Layout } from './layout.js';
import { createEditor, monaco } from './monaco.js';
import { pathOfUri, uriOfPath } from './paths.js';
import { Presence } from './presence.js';
import { StatusBar } from './status-bar.js';
import { FileTree } from './tree.js';

/** Failed attempts after which the page asks whether the person is still signed in. */
const ATTEMPTS_BEFORE_ASKING = 3;
/** How often a page that was turned away asks whether the person is signed in again. */
const ASK_AGAIN_MILLISECONDS = 5_000;

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
  private tabs: OpenFile[] = [];
  private shown: OpenFile | null = null;
  private attempts = 0;

  constructor(
    root: HTMLElement,
    private readonly person: Me,
    private readonly workspaceNames: readonly string[],
    private readonly workspace: string,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.connection = new Connection({ url: `${scheme}://${location.host}/ws/${encodeURIComponent(workspace)}` });
    this.api = new FilesApi(workspace);
    const said = (sentence: string, isProblem: boolean) => this.status.say(sentence, isProblem);
    this.documents = new Documents(providerSocket(this.connection), this.api, {
      changed: (file) => this.fileChanged(file),
      said,
    });
    this.layout = new Layout(root, this.actions(), this.tree.element, this.status.element);
    this.editor = createEditor(this.layout.editorHost);
    this.presence = new Presence(this.editor, person.name);
    this.language = new Language(this.connection, this.documents, { notified: (method, params) => this.notified(method, params), said });
    this.ghostText = new GhostText(this.language.transport, this.documents, said);
    this.listen();
  }

  async start(): Promise<void> {
    document.title = `${this.workspace} · Q-IDE`;
    this.layout.showWorkspaces(this.workspaceNames, this.workspace);
    this.layout.showTabs([], null);
    this.status.showProblems(0, 0);
    this.connection.start();
    await this.refresh();
    const wanted = new URLSearchParams(location.search).get('file');
    if (wanted !== null) await this.openPath(wanted);
  }

  private listen(): void {
    const { connection, status } = this;
    connection.onText = (message) => this.language.transport.receive(message);
    connection.onUp = () => this.language.transport.up();
    connection.onDown = () => this.language.transport.down();
    connection.onState = (state) => {
      status.showConnection(state);
      if (state === 'open') {
        this.attempts = 0;
        status.say('', false, true);
      }
      if (state === 'refused') void this.refused();
      if (state === 'waiting') void this.lineLost();
    };
    this.language.transport.onReady = (capabilities) => {
      this.ghostText.switchTo(Boolean((capabilities as { inlineCompletionProvider?: unknown } | undefined)?.inlineCompletionProvider));
    };
    this.presence.onPeople = (names) => status.showPeople(names);
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
      const wouldLose = this.documents.all().some(({ state }) => state.unacknowledged > 0 || state.conflictCopy !== null);
      if (wouldLose) event.preventDefault();
    });
  }

  /** A refused handshake and a dead server look the same to a browser, so the page asks by REST. */
  private async lineLost(): Promise<void> {
    this.attempts += 1;
    if (this.attempts !== ATTEMPTS_BEFORE_ASKING) return;
    this.attempts = 0;
    try {
      if ((await me()) === null) this.saySignedOut();
    } catch {
      // The server cannot be reached; the connection goes on trying.
    }
  }

  private saySignedOut(): void {
    this.status.say('You are signed out. Sign in by the server’s link in another tab: this page then goes on by itself.', true, true);
  }

  /** The server turned this person away for good, so the connection waits until they are signed in again. */
  private async refused(): Promise<void> {
    this.saySignedOut();
    while (this.connection.state === 'refused') {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
      const person = await me().catch(() => null);
      if (person !== null) this.connection.start();
    }
  }

  private actions() {
    const attempt = (work: () => Promise<unknown>) => void this.attempt(work);
    return {
      save: () => void this.save(),
      undo: () => this.withFocus(() => this.shown?.binding.undoManager.undo()),
      redo: () => this.withFocus(() => this.shown?.binding.undoManager.redo()),
      newFile: (path: string) => attempt(() => this.makeFile(path)),
      refresh: () => attempt(() => this.refresh()),
      pickWorkspace: (name: string) => location.assign(`?workspace=${encodeURIComponent(name)}`),
      show: (file: OpenFile) => this.show(file),
      close: (file: OpenFile) => this.closeTab(file),
      command: (id: string) => this.run(id),
      overwrite: (file: OpenFile) => attempt(async () => this.saidSaved(file, await this.documents.overwrite(file))),
      reload: (file: OpenFile) => attempt(() => this.documents.reload(file)),
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
    if (!file || file.state.isReadOnly) return;
    await this.attempt(async () => this.saidSaved(file, await this.documents.save(file)));
  }

  private saidSaved(file: OpenFile, isSaved: boolean): void {
    if (isSaved) this.status.say(`${file.name} saved`);
    else this.status.say(`${file.name} was changed on disk meanwhile: choose what to keep.`, true);
  }

  private notified(method: string, params: unknown): boolean {
    switch (method) {
      case 'qide/status': {
        const { message, severity } = params as StatusParams;
        this.status.say(message, severity === 'error', true);
        return true;
      }
      case 'qide/fileSaved': {
        const { path, etag, by } = params as FileSavedParams;
        const who = by === this.person.id ? 'in another window of yours' : 'by somebody else';
        if (this.documents.fileSaved(path, etag)) this.status.say(`${path} saved ${who}`);
        return true;
      }
      case 'qide/fileChanged': {
        const { path, etag } = params as FileChangedParams;
        const happened = etag === undefined ? 'deleted' : 'changed';
        if (this.documents.fileChanged(path, etag)) this.status.say(`${path} was ${happened} on disk`, true);
        return true;
      }
      default:
        return false;
    }
  }

  private fileChanged(file: OpenFile): void {
    this.status.showEdits(this.documents.unacknowledged);
    if (file === this.shown) {
      // A document that was replaced has a new binding and new presence.
      file.binding.onUndone = (offset) => this.showUndone(file, offset);
    }
    this.drawFile();
  }

  private drawFile(): void {
    const { shown } = this;
    this.layout.showTabs(this.tabs, shown);
    this.layout.showTools(shown);
    this.layout.showBanner(shown);
    this.editor.updateOptions({ readOnly: shown?.state.isReadOnly ?? false });
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
