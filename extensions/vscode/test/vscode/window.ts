import { TestDocument, type ContentChange } from './document.js';
import type { ViewProvider } from './view.js';
import { Disposable, EventEmitter, FileChangeType, FilePermission, Position, Selection, TabInputText, Uri, type WorkspaceEdit } from './values.js';

interface FileChange {
  readonly type: number;
  readonly uri: Uri;
}

/** The part of `FileSystemProvider` that the window calls. */
interface Provider {
  onDidChangeFile(listener: (changes: readonly FileChange[]) => void): Disposable;
  stat(uri: Uri): Promise<{ readonly permissions?: number; readonly size: number }>;
  readFile(uri: Uri): Promise<Uint8Array>;
  writeFile(uri: Uri, content: Uint8Array, options: { create: boolean; overwrite: boolean }): Promise<void>;
  rename(from: Uri, to: Uri, options: { overwrite: boolean }): Promise<void>;
  delete(uri: Uri, options: { recursive: boolean }): Promise<void>;
}

/** A tab with a document. */
export interface Tab {
  readonly document: TestDocument;
  readonly input: TabInputText;
  readonly isActive: boolean;
  readonly isPreview: boolean;
  readonly group: TabGroup;
}

interface TabGroup {
  readonly viewColumn: number;
  readonly isActive: boolean;
  readonly activeTab: Tab | undefined;
  readonly tabs: readonly Tab[];
}

/** A diagnostic of a language server. */
export interface Diagnostic {
  readonly code?: number | string;
  readonly message: string;
}

/** A terminal whose program is in the extension. */
interface ExtensionTerminal {
  /** The name that the tab shows. */
  readonly name?: string;
  readonly creationOptions: { readonly name: string; readonly pty: { open(size: undefined): void; close(): void } };
  exitStatus?: { readonly reason: number };
  show(): void;
}

/** A sentence that the person sees, and the name of the button that they press. */
interface Shown {
  readonly kind: 'information' | 'warning' | 'error' | 'status';
  readonly sentence: string;
}

/**
 * One window of VS Code: its documents and what the person sees and answers.
 *
 * As in VS Code, an edit of an extension is made later than it is requested, and refused if the document has changed since; a
 * document without unsaved edits is read again when its file has changed; that a document is dirty is reported after the change;
 * Auto Save ends when a save has failed.
 */
export class TestWindow {
  readonly opened = new EventEmitter<TestDocument>();
  readonly closed = new EventEmitter<TestDocument>();
  readonly changed = new EventEmitter<{ document: TestDocument; contentChanges: readonly ContentChange[] }>();
  readonly editorChanged = new EventEmitter<unknown>();
  readonly documents: TestDocument[] = [];
  /** Tabs that were opened in the background: VS Code reads their files when the person shows them. */
  readonly background: Uri[] = [];
  /** The documents of a second group of tabs, to the left of the one in which the person types; the last one is in front. */
  readonly left: TestDocument[] = [];
  /** Documents without a tab where the person types: the other group shows them, or VS Code keeps them for some minutes because an extension has opened them. */
  readonly kept = new Set<TestDocument>();
  /** Whether VS Code keeps the document of a tab that is closed. */
  keepsDocuments = false;
  readonly shown: Shown[] = [];
  /** The lines of the extension's output channel. */
  readonly log: string[] = [];
  /** What the person answers to the next questions: a text, a choice, or undefined to cancel. */
  readonly answers: (string | undefined)[] = [];
  readonly commands = new Map<string, (...parameters: unknown[]) => unknown>();
  /** Commands of VS Code that the extension ran. */
  readonly ran: { readonly command: string; readonly parameters: readonly unknown[] }[] = [];
  readonly statusItems = new Map<string, { text: string; isShown: boolean }>();
  readonly viewProviders = new Map<string, ViewProvider>();
  readonly terminals: ExtensionTerminal[] = [];
  activeTerminal: ExtensionTerminal | undefined;
  /** How often a terminal was shown. */
  terminalsShown = 0;
  readonly terminalClosed = new EventEmitter<ExtensionTerminal>();
  readonly terminalOpened = new EventEmitter<ExtensionTerminal>();
  readonly terminalProfiles = new Map<string, unknown>();
  /** The diagnostics of documents, by their address. */
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  /** Texts that the extension wrote outside the workspace. */
  readonly ownFiles = new Map<string, string>();
  workspaceFolders: { readonly uri: Uri }[] | undefined;
  active: { readonly document: TestDocument; selection: Selection; setDecorations(): void; revealRange(): void } | undefined;
  /** Called with each edit of an extension before the window makes it: the person may type in between. */
  beforeEdit: () => void = () => {};
  /** Called when the window has made such an edit, before the extension learns it. */
  afterEdit: () => void = () => {};
  /** Called while a document is reverted: the person may type meanwhile. */
  whileReverting: () => void = () => {};
  private provider: Provider | null = null;
  private untitledDocuments = 0;

  registerProvider(provider: Provider): Disposable {
    this.provider = provider;
    const subscription = provider.onDidChangeFile((changes) => {
      for (const change of changes) if (change.type !== FileChangeType.Deleted) void this.reload(change.uri);
    });
    return new Disposable(() => {
      subscription.dispose();
      this.provider = null;
    });
  }

  get files(): Provider {
    return this.provider!;
  }

  find(uri: Uri): TestDocument | undefined {
    return this.documents.find((one) => one.uri.toString() === uri.toString());
  }

  /** @param isLeft whether the group to the left shows it, and the person stays where they are */
  async show(target: Uri | TestDocument, isLeft = false): Promise<TestDocument> {
    const document = target instanceof TestDocument ? target : (this.find(target) ?? (await this.read(target)));
    const tab = this.background.findIndex((uri) => uri.toString() === document.uri.toString());
    if (tab >= 0) this.background.splice(tab, 1);
    if (!this.documents.includes(document)) {
      this.documents.push(document);
      if (isLeft) this.kept.add(document);
      this.opened.fire(document);
    }
    if (isLeft) {
      this.leaveLeft(document);
      this.left.push(document);
      return document;
    }
    this.kept.delete(document);
    const caret = new Position(0, 0);
    this.active = { document, selection: new Selection(caret, caret), setDecorations() {}, revealRange() {} };
    this.editorChanged.fire(this.active);
    return document;
  }

  /** Opens a text that the editor kept from an earlier window: the document is reported as clean, and as dirty right after that. */
  restore(uri: Uri, text: string): TestDocument {
    const document = new TestDocument(uri, text);
    this.documents.push(document);
    this.opened.fire(document);
    this.setDirty(document, true);
    return document;
  }

  /** A new document without a file. */
  async untitled(text: string): Promise<TestDocument> {
    return new TestDocument(Uri.from({ scheme: 'untitled', path: `Untitled-${(this.untitledDocuments += 1)}` }), text);
  }

  /** Closes the tab of a document in one of the groups. */
  closeTab(document: TestDocument, isLeft = false): void {
    if (isLeft) this.leaveLeft(document);
    const isShown = isLeft ? !this.kept.has(document) : this.left.includes(document);
    if (!isShown && !this.keepsDocuments) return this.close(document);
    if (!isShown) this.setDirty(document, false);
    if (isLeft) return;
    this.kept.add(document);
    if (this.active?.document === document) this.active = undefined;
  }

  /** Reads the file of a document again, which may be another one than before, and closes its tab. */
  async revertAndClose(document: TestDocument): Promise<void> {
    const text = await this.textOf(document.uri).catch(() => null);
    this.whileReverting();
    if (text !== null && text !== document.getText()) this.replace(document, text);
    this.setDirty(document, false);
    this.closeTab(document);
  }

  close(document: TestDocument): void {
    this.kept.delete(document);
    this.leaveLeft(document);
    this.documents.splice(this.documents.indexOf(document), 1);
    document.isClosed = true;
    if (this.active?.document === document) this.active = undefined;
    this.closed.fire(document);
  }

  /** First the program learns that it is closed, then the extension why. */
  closeTerminal(terminal: ExtensionTerminal, reason: number): void {
    this.terminals.splice(this.terminals.indexOf(terminal), 1);
    terminal.creationOptions.pty.close();
    terminal.exitStatus = { reason };
    this.terminalClosed.fire(terminal);
  }

  /** The groups with tabs, from the left. */
  tabGroups(): TabGroup[] {
    const shown = () => this.documents.filter((document) => !this.kept.has(document));
    const [left, isActive] = [this.left, (document: TestDocument) => this.active?.document === document];
    if (left.length === 0) return [groupOf(1, true, shown, isActive)];
    return [groupOf(1, false, () => left, (document) => left.at(-1) === document), groupOf(2, true, shown, isActive)];
  }

  /** The person edits; false if the file is read-only. */
  type(document: TestDocument, offset: number, length: number, text: string): boolean {
    if (document.isReadOnly) return false;
    this.make(document, [{ rangeOffset: offset, rangeLength: length, text }]);
    return true;
  }

  /** The person or an extension saves a document. */
  async save(document: TestDocument): Promise<void> {
    const { version } = document;
    try {
      await this.files.writeFile(document.uri, new TextEncoder().encode(document.getText()), { create: true, overwrite: true });
      document.hasFailedSave = false;
    } catch (error) {
      document.hasFailedSave = true;
      throw error;
    }
    if (document.version === version) this.setDirty(document, false);
  }

  async autoSave(document: TestDocument): Promise<void> {
    if (document.isDirty && !document.hasFailedSave) await this.save(document);
  }

  /** The person renames a file: the window closes its document, and opens the one at the new path. */
  async rename(from: Uri, to: Uri, overwrite: boolean): Promise<TestDocument> {
    const document = this.find(from);
    await this.files.rename(from, to, { overwrite });
    if (document) this.close(document);
    return this.show(to);
  }

  async applyEdit({ edits }: WorkspaceEdit): Promise<boolean> {
    const targets = [...new Set(edits.map(({ uri }) => this.find(uri)))];
    if (targets.includes(undefined)) return false;
    const versions = targets.map((one) => one!.version);
    await new Promise((resolve) => setImmediate(resolve));
    this.beforeEdit();
    if (targets.some((one, at) => one!.isClosed || one!.version !== versions[at])) return false;
    for (const document of targets as TestDocument[]) {
      const own = edits.filter(({ uri }) => uri.toString() === document.uri.toString());
      const changes = own.flatMap(({ range, text }) => {
        if (range === null) return [];
        const rangeOffset = document.offsetAt(range.start);
        return [{ rangeOffset, rangeLength: document.offsetAt(range.end) - rangeOffset, text }];
      });
      const eol = own.find((edit) => edit.eol !== null)?.eol;
      if (eol !== undefined && eol !== null) document.eol = eol;
      this.make(document, changes);
    }
    this.afterEdit();
    return true;
  }

  say(kind: Shown['kind'], sentence: string): Promise<string | undefined> {
    this.shown.push({ kind, sentence });
    return Promise.resolve(undefined);
  }

  /** The sentences of a kind that the person saw. */
  sentences(kind: Shown['kind']): readonly string[] {
    return this.shown.filter((one) => one.kind === kind).map(({ sentence }) => sentence);
  }

  answer(): Promise<string | undefined> {
    if (this.answers.length === 0) throw new Error('the person has no answer to this question');
    return Promise.resolve(this.answers.shift());
  }

  /** Everything of an earlier test is gone. */
  reset(): void {
    for (const document of [...this.documents]) this.close(document);
    this.background.splice(0);
    for (const emitter of [this.opened, this.closed, this.changed, this.editorChanged]) emitter.dispose();
    this.shown.splice(0);
    this.log.splice(0);
    this.answers.splice(0);
    this.commands.clear();
    this.ran.splice(0);
    this.statusItems.clear();
    this.diagnostics.clear();
    this.viewProviders.clear();
    this.workspaceFolders = undefined;
    this.beforeEdit = () => {};
    this.afterEdit = () => {};
    this.whileReverting = () => {};
    this.keepsDocuments = false;
  }

  private leaveLeft(document: TestDocument): void {
    if (this.left.includes(document)) this.left.splice(this.left.indexOf(document), 1);
  }

  private make(document: TestDocument, contentChanges: readonly ContentChange[]): void {
    document.change(contentChanges);
    this.changed.fire({ document, contentChanges });
    this.setDirty(document, true);
  }

  private setDirty(document: TestDocument, isDirty: boolean): void {
    if (document.isDirty === isDirty) return;
    document.isDirty = isDirty;
    this.changed.fire({ document, contentChanges: [] });
  }

  private async read(uri: Uri): Promise<TestDocument> {
    const { permissions } = await this.files.stat(uri);
    const document: TestDocument = new TestDocument(uri, await this.textOf(uri), undefined, async () => {
      await this.save(document);
      return true;
    });
    document.isReadOnly = permissions === FilePermission.Readonly;
    return document;
  }

  private async textOf(uri: Uri): Promise<string> {
    return new TextDecoder().decode(await this.files.readFile(uri));
  }

  private replace(document: TestDocument, text: string): void {
    const contentChanges = [{ rangeOffset: 0, rangeLength: document.getText().length, text }];
    document.change(contentChanges);
    this.changed.fire({ document, contentChanges });
  }

  private async reload(uri: Uri): Promise<void> {
    const document = this.find(uri);
    if (!document) return;
    try {
      const { permissions } = await this.files.stat(uri);
      document.isReadOnly = permissions === FilePermission.Readonly;
      const { version } = document;
      const text = document.isDirty ? document.getText() : await this.textOf(uri);
      if (document.isDirty || document.version !== version || text === document.getText()) return;
      this.replace(document, text);
    } catch {
      // VS Code shows a file that cannot be read as deleted.
    }
  }
}

function groupOf(viewColumn: number, isActive: boolean, documents: () => readonly TestDocument[], isInFront: (document: TestDocument) => boolean): TabGroup {
  const group: TabGroup = {
    viewColumn,
    isActive,
    get activeTab() {
      return this.tabs.find((tab) => tab.isActive);
    },
    get tabs() {
      return documents().map((document): Tab => ({ document, input: new TabInputText(document.uri), isActive: isInFront(document), isPreview: false, group }));
    },
  };
  return group;
}

/** The window of this process. */
export const testWindow = new TestWindow();
