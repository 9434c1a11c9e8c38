import { Connection, providerSocket, type FileChangedParams, type FileSavedParams, type Me, type PresenceParams, type StatusParams } from '@qide/client';
import { addressOf, FilesApi } from './api.js';
import { Documents } from './documents.js';
import { FileActions } from './file-actions.js';
import { GhostText } from './ghost-text.js';
import { KeptEditsStore } from './kept-edits.js';
import { Language } from './language.js';
import { Layout } from './layout.js';
import { createEditor, monaco } from './monaco.js';
import type { OpenFile } from './open-file.js';
import { uriOfPath } from './paths.js';
import { People } from './people.js';
import { Presence } from './presence.js';
import { isEditor, readOnlySentence } from './refusals.js';
import { Saving } from './saving.js';
import { SearchPanel } from './search.js';
import { SessionCheck } from './session-check.js';
import { StatusBar } from './status-bar.js';
import { Tabs } from './tabs.js';
import { Transfers } from './transfers.js';
import { FileTree } from './tree.js';
import type { Workspaces } from './workspaces.js';

/** The delay between a notification of a new file and the refresh of the list. */
const REFRESH_MILLISECONDS = 500;
/** How long an open connection may be silent after the browser reports that the network is gone. */
const OFFLINE_MILLISECONDS = 2_000;
/** The longest selection that find in files starts with, in characters. */
const SELECTION_SEARCHED = 200;

const SIGNED_OUT = 'You are signed out. Sign in with the server’s link in another tab; this page then continues by itself.';
const DELETED = 'This workspace was deleted. The open texts exist only on this page: copy what you need.';

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
  private readonly search: SearchPanel;
  private readonly people: People;
  private readonly saving: Saving;
  private readonly presence: Presence;
  private readonly tabs: Tabs;
  private readonly files: FileActions;
  private readonly readOnlySentence: string;
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    root: HTMLElement,
    person: Me,
    private readonly workspaces: Workspaces,
    private readonly workspace: string,
  ) {
    const { status, tree } = this;
    this.connection = new Connection({ url: addressOf(`ws/${encodeURIComponent(workspace)}`).replace(/^http/, 'ws') });
    this.api = new FilesApi(workspace);
    const report = (sentence: string, isProblem: boolean) => status.say(sentence, isProblem);
    this.documents = new Documents(
      providerSocket(this.connection),
      this.api,
      { changed: (file) => this.tabs.changed(file), presence: (file) => this.presenceChanged(file), report },
      person.name,
      new KeptEditsStore(person.id, workspace),
    );
    this.people = new People(person, this.documents);
    this.search = new SearchPanel(this.api);
    this.readOnlySentence = readOnlySentence(person);
    const parts = { tree: tree.element, search: this.search.element, status: status.element, people: this.people.button, members: this.people.list };
    this.layout = new Layout(root, this.actions(), parts, this.readOnlySentence, isEditor(person));
    this.saving = new Saving(this.connection, this.documents, this.layout, status);
    this.editor = createEditor(this.layout.editorHost);
    this.presence = new Presence(this.editor);
    const { editor, documents, layout, presence, saving } = this;
    this.tabs = new Tabs({ editor, documents, layout, presence, saving, status, tree }, this.readOnlySentence);
    const refresh = () => this.refresh();
    const transfers = new Transfers(this.api, status, refresh, (path) => tree.reveal(path));
    this.files = new FileActions({ api: this.api, tree, tabs: this.tabs, status, transfers, refresh }, isEditor(person));
    this.language = new Language(this.connection, documents, { notified: (method, params) => this.notified(method, params), report });
    this.ghostText = new GhostText(this.language.transport, documents, report);
    this.listen();
  }

  async start(): Promise<void> {
    document.title = `${this.workspace} · Q-IDE`;
    this.layout.showWorkspace(this.workspace);
    this.tabs.draw();
    this.status.showProblems(0, 0);
    this.connection.start();
    await this.refresh();
    await this.status.attempt(() => this.sendKeptEdits());
    const wanted = new URLSearchParams(location.search).get('file');
    if (wanted !== null) await this.tabs.open(wanted);
  }

  /** Sends the edits that an earlier visit could not send. */
  private async sendKeptEdits(): Promise<void> {
    const { opened, copied } = await this.documents.openKept();
    for (const file of opened) this.tabs.show(file);
    if (copied.length > 0) await this.refresh();
    const sentences = [
      ...opened.map(({ name }) => `edits of ${name} from your last visit are being saved`),
      ...copied.map((path) => `a file that you had changed was deleted: your text is in ${path}`),
    ];
    if (sentences.length > 0) this.status.say(sentences.join('; '));
  }

  private listen(): void {
    const { connection, status } = this;
    const sessionCheck = new SessionCheck(connection, this.workspace, () => status.say(SIGNED_OUT, true, true), () => this.layout.showNotice(DELETED));
    connection.onText = (message) => this.language.transport.receive(message);
    connection.onUp = () => this.language.transport.up();
    connection.onDown = () => {
      this.language.transport.down();
      // The server's reports are outdated; it sends them again on the next connection.
      this.people.forgetReported();
      this.saving.databaseStatus(false);
      if (connection.state === 'gone') this.layout.showNotice(DELETED);
    };
    connection.onState = (state) => {
      status.showConnection(state);
      if (state === 'open') status.say('', false, true);
      sessionCheck.changed(state);
      this.tabs.drawSaving();
    };
    this.language.transport.onReady = (capabilities) => {
      this.ghostText.switchTo(Boolean((capabilities as { inlineCompletionProvider?: unknown } | undefined)?.inlineCompletionProvider));
    };
    this.presence.colourOf = (key) => this.people.colourOf(key);
    this.people.onChange = () => this.presence.redraw();
    this.people.onJump = (member, place) => void this.tabs.jump(member, place);
    this.tree.onOpen = (path) => void this.tabs.open(path);
    this.search.onPick = ({ path, line, character, length }) => {
      const [lineNumber, column] = [line + 1, character + 1];
      void this.tabs.openAt(path, { startLineNumber: lineNumber, startColumn: column, endLineNumber: lineNumber, endColumn: column + length });
    };
    this.search.onLeave = () => this.layout.showSearch(false);
    status.onProblems = () => this.run('editor.action.marker.next');
    this.editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => void this.save());
    addEventListener('online', () => {
      connection.retryNow();
      connection.check();
    });
    // This proves nothing: a server on this machine, or on another network, may still answer.
    addEventListener('offline', () => connection.check(OFFLINE_MILLISECONDS));
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) connection.check();
    });
    addEventListener('keydown', (event) => this.key(event), { capture: true });
    // A file dropped outside the tree would replace the page.
    for (const kind of ['dragover', 'drop'] as const) {
      addEventListener(kind, (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault());
    }
    addEventListener('beforeunload', (event) => {
      const wouldLose = this.documents.all().some(({ state }) => state.unacknowledged > 0 || state.conflictCopy !== null || state.isGone);
      if (wouldLose) event.preventDefault();
    });
  }

  private key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === 's' && !this.editor.hasTextFocus()) {
      event.preventDefault();
      void this.save();
    } else if (key === 'f' && event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      this.findInFiles();
    }
  }

  private actions() {
    const attempt = (work: () => Promise<unknown>) => void this.status.attempt(work);
    return {
      undo: () => this.withFocus(() => this.tabs.shown?.binding?.undoManager.undo()),
      redo: () => this.withFocus(() => this.tabs.shown?.binding?.undoManager.redo()),
      newFile: () => this.files.newFile(''),
      fileMenu: (button: HTMLElement) => this.files.openMenu(button),
      findInFiles: () => (this.layout.isSearchShown ? this.layout.showSearch(false) : this.findInFiles()),
      workspaceMenu: (button: HTMLElement) => this.workspaces.openMenu(this.workspace, button, (sentence, isProblem) => this.status.say(sentence, isProblem)),
      show: (file: OpenFile) => this.tabs.show(file),
      close: (file: OpenFile) => this.tabs.close(file),
      command: (id: string) => this.run(id),
      recreate: (file: OpenFile) => attempt(() => this.recreate(file)),
      keepCopy: (file: OpenFile) =>
        attempt(async () => {
          const path = await this.documents.keepConflictCopy(file);
          await this.refresh();
          await this.tabs.open(path);
        }),
      dropCopy: (file: OpenFile) => this.documents.dropConflictCopy(file),
    };
  }

  /** Shows the search, and searches for the selection if it is within one line. */
  private findInFiles(): void {
    const selection = this.editor.getSelection();
    const isOneLine = selection !== null && selection.startLineNumber === selection.endLineNumber;
    const selected = isOneLine ? (this.editor.getModel()?.getValueInRange(selection) ?? '') : '';
    this.layout.showSearch(true);
    this.search.focus(selected.length <= SELECTION_SEARCHED ? selected : '');
  }

  private async refresh(): Promise<void> {
    await this.status.attempt(async () => {
      const { files, truncated } = await this.api.list();
      this.tree.show(files);
      if (truncated) this.status.say('This workspace has more files than the list can show.', false);
    });
  }

  private async save(): Promise<void> {
    const file = this.tabs.shown;
    if (!file) return;
    if (file.state.isReadOnly) return this.status.say(this.readOnlySentence, false);
    if (file.state.isGone) return this.status.say(`${file.name} was deleted or moved: create the file again to save it.`, true);
    // Some language servers work on saved files.
    if (await this.saving.save(file)) this.language.transport.notify('textDocument/didSave', { textDocument: { uri: uriOfPath(file.path) } });
  }

  private async recreate(file: OpenFile): Promise<void> {
    await this.documents.recreate(file);
    this.tabs.replaced(file);
    await this.refresh();
  }

  private notified(method: string, params: unknown): boolean {
    switch (method) {
      case 'qide/status':
        this.statusReceived(params as StatusParams);
        return true;
      case 'qide/presence':
        this.people.presenceReported(params as PresenceParams);
        return true;
      case 'qide/fileSaved':
        // Only a new file changes the list.
        if (!this.tree.has((params as FileSavedParams).path)) this.refreshSoon();
        return true;
      case 'qide/fileChanged': {
        const { path, etag, movedTo } = params as FileChangedParams;
        if (movedTo !== undefined) void this.followMoved(path, movedTo);
        if (etag !== undefined && this.documents.get(path)?.hasTab) this.status.say(`A tool changed ${path}; the change is merged`);
        if (etag === undefined || !this.tree.has(path)) this.refreshSoon();
        return true;
      }
      case 'qide/treeChanged':
        this.refreshSoon();
        return true;
      default:
        return false;
    }
  }

  private async followMoved(from: string, to: string): Promise<void> {
    this.refreshSoon();
    await this.status.attempt(() => this.tabs.follow(from, to));
  }

  private statusReceived({ component, message, severity }: StatusParams): void {
    if (component !== 'database') return this.status.say(message, severity === 'error', true);
    this.saving.databaseStatus(severity === 'error', message);
    this.tabs.drawSaving();
  }

  /** Refreshes the list once for several new files. */
  private refreshSoon(): void {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => void this.refresh(), REFRESH_MILLISECONDS);
  }

  private presenceChanged(file: OpenFile): void {
    this.people.changed();
    this.tabs.presenceChanged(file);
  }

  private run(command: string): void {
    this.withFocus(() => void this.editor.getAction(command)?.run());
  }

  private withFocus(work: () => void): void {
    this.editor.focus();
    work();
  }
}
