import { Connection, findDocument, isEditor, isOwner, providerSocket, type AccessChangedParams, type FileChangedParams, type FileSavedParams, type Me, type PresenceParams, type ServerApi, type StatusParams, type TeamChatMessage } from '@qide/client';
import { Terminals } from '@qide/client/terminals';
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, LanguageClient } from 'vscode-languageclient/node';
import type { Host, TeamChatServer } from '../host.js';
import { WorkspaceLanguageClient } from '../language/language-client.js';
import { registerOrganizeImports } from '../language/organize-imports.js';
import { MembersList } from '../members/members-list.js';
import { Carets } from './carets.js';
import { WorkspaceFileSystem } from './file-system.js';
import { Find } from './find.js';
import type { Log } from './log.js';
import { ModelChat } from './model-chat.js';
import { SharedDocuments } from './shared-documents.js';
import { socketWith } from './socket.js';
import { StatusItems } from './status-items.js';
import { IS_THEIA } from './theia.js';
import { pathOf, workspaceOf } from './uris.js';

/** How long a passing sentence stays in the status bar. */
const SENTENCE_MILLISECONDS = 8_000;
/** The delay before changed presence is shown. */
const PRESENCE_MILLISECONDS = 30;
/** Precedes the names of the language servers' commands. */
const COMMAND_PREFIX = 'qide.server.';
/** How long a jump waits for the caret of a member in a file that was not open. */
const CARET_MILLISECONDS = 5_000;

export interface SessionHooks {
  readonly log: Log;
  /** The server does not accept the token any more. */
  refused(): void;
  readonly provideTeamChatView: Host['provideTeamChatView'];
}

/** One workspace of a server in this window: its files, languages, shared documents and people. */
export class Session {
  readonly fileSystem: WorkspaceFileSystem;
  readonly documents: SharedDocuments;
  readonly host: Host;
  readonly find: Find;
  private readonly connection: Connection;
  private readonly language: WorkspaceLanguageClient;
  private readonly terminals: Terminals;
  private readonly members: MembersList;
  private readonly carets: Carets;
  private readonly status: StatusItems;
  private readonly teamChatListeners: ((message: TeamChatMessage) => void)[] = [];
  private readonly readyListeners: (() => void)[] = [];
  private readonly workspace: string;
  private readonly organizeImports = registerOrganizeImports(COMMAND_PREFIX);
  private chat: ModelChat | null = null;
  /** Whether the last attempt to connect has succeeded. */
  private wasConnected = true;

  constructor(
    private readonly server: ServerApi<string>,
    root: vscode.Uri,
    person: Me,
    private readonly hooks: SessionHooks,
  ) {
    const { workspace } = workspaceOf(root)!;
    this.workspace = workspace;
    const files = server.files(workspace);
    this.connection = new Connection({ url: () => this.address(), WebSocket: socketWith(server.token) });
    this.documents = new SharedDocuments(providerSocket(this.connection), root, {
      presence: () => {
        this.members.changed();
        this.carets.update();
      },
      saving: () => this.status.update(),
      access: ({ path, isReadOnly }) => {
        hooks.log.info('document.access_changed', { path, isReadOnly });
        this.fileSystem.accessChanged(path);
      },
      closed: ({ path, closedBy, shared }) => hooks.log.warn('document.closed', { path, reason: closedBy ?? '', unacknowledged: shared.unacknowledged }),
      pathOf: ({ shared }, isWanted) => findDocument(this.language.transport, shared.doc, isWanted),
      moved: (from, to) => this.moved(from, to),
    });
    this.fileSystem = new WorkspaceFileSystem(root, files, this.documents);
    this.find = new Find(files, (path) => this.fileSystem.uriOf(path));
    this.fileSystem.isReadOnly = !isEditor(person);
    this.fileSystem.onDidChangeFile((events) => {
      for (const { type, uri } of events) if (type !== vscode.FileChangeType.Deleted) this.documents.appeared(pathOf(uri));
    });
    this.members = new MembersList(person, () => this.documents.presence(), (update) => setTimeout(update, PRESENCE_MILLISECONDS));
    this.carets = new Carets(this.documents, person.name, (key) => this.members.colourOf(key));
    this.status = new StatusItems(this.connection, workspace, this.documents.unstored);
    // Not the folders of the window: Theia has none of this scheme, and in VS Code there may be others, or one inside the workspace.
    const folder = { uri: root, name: workspace, index: 0 };
    this.language = new WorkspaceLanguageClient(this.connection, (method, params) => this.notified(method, params), { LanguageClient, ErrorAction, CloseAction }, { folder, commandPrefix: COMMAND_PREFIX });
    this.terminals = new Terminals(this.language.transport);
    this.host = this.createHost(person);
    this.connect();
  }

  start(): void {
    this.language.start();
    this.connection.start();
  }

  dispose(): void {
    this.connection.stop();
    this.organizeImports.dispose();
    this.carets.dispose();
    this.documents.dispose();
    this.status.dispose();
  }

  /** Starts the chat with models, whose script is in the folder of the extension. */
  startChat(extension: vscode.Uri): ModelChat {
    const { server, language, fileSystem } = this;
    const files = {
      uriOf: (path: string) => fileSystem.uriOf(path),
      pathOf: (uri: vscode.Uri) => this.documents.pathIn(uri),
      paths: async () => (await this.server.files(this.workspace).list()).files.filter(({ kind }) => kind === 'file').map(({ path }) => path),
    };
    this.chat = new ModelChat({
      extension,
      server,
      transport: language.transport,
      files,
      get mayEdit() {
        return !fileSystem.isReadOnly;
      },
    });
    return this.chat;
  }

  external(uri: string): Promise<string> {
    return this.server.files(this.workspace).external(uri);
  }

  private connect(): void {
    const { connection, language, hooks } = this;
    let isFirst = true;
    connection.onText = (message) => language.transport.receive(message);
    connection.onUp = () => {
      this.wasConnected = true;
      language.transport.up();
      if (!isFirst) void this.fileSystem.treeChanged().catch(() => {});
      isFirst = false;
    };
    connection.onDown = (code, reason) => {
      hooks.log.warn('connection.lost', { code, reason });
      language.down();
      // The server's reports are outdated; it sends them again on the next connection.
      this.members.forgetReported();
      this.chat?.disconnected();
    };
    connection.onState = (state) => {
      hooks.log.info('connection.state_changed', { state });
      this.status.update();
      if (state === 'refused') hooks.refused();
      if (state === 'forbidden') this.warnLost('You may not read', 'any more: ask its owner, then reload the window.');
      if (state === 'gone') this.warnLost('There is no workspace', 'any more, or you have no access to it.');
    };
    language.transport.onReady = () => {
      this.terminals.connected();
      this.readyListeners.forEach((listener) => listener());
      this.chat?.connected();
    };
  }

  private warnLost(before: string, after: string): void {
    void vscode.window.showWarningMessage(`${before} ${this.workspace} ${after} The open texts exist only in this window: copy what you need.`);
  }

  /** The address of the socket. After an attempt that failed, asks whether the credential still opens the workspace. */
  private async address(): Promise<string> {
    const { server, workspace } = this;
    if (!this.wasConnected) await server.checkWorkspace(workspace);
    this.wasConnected = false;
    return server.socketAddress(`ws/${encodeURIComponent(workspace)}`);
  }

  private createHost(person: Me): Host {
    const { workspace, server, members, fileSystem, terminals } = this;
    return {
      workspace,
      personId: person.id,
      get isEditor() {
        return !fileSystem.isReadOnly;
      },
      mayShare: isOwner(person),
      members,
      shares: server.shares(workspace),
      teamChat: this.teamChat(),
      terminals,
      hasTerminalProfile: true,
      hasTheiaTerminals: IS_THEIA,
      mayUseTerminals: async () => (await server.workspaces()).workspaces.some(({ name, terminals: isAllowed }) => name === workspace && isAllowed),
      jump: async (member, { path, client }) => {
        const editor = await vscode.window.showTextDocument(this.fileSystem.uriOf(path), { preview: true });
        const deadline = Date.now() + CARET_MILLISECONDS;
        while (!this.carets.reveal(editor, member.key, client) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, PRESENCE_MILLISECONDS));
      },
      provideTeamChatView: this.hooks.provideTeamChatView,
    };
  }

  private teamChat(): TeamChatServer {
    const { transport } = this.language;
    return {
      request: (method, params) => transport.request(method, params),
      subscribe: (listener) => void this.teamChatListeners.push(listener),
      subscribeReady: (listener) => {
        this.readyListeners.push(listener);
        if (transport.isReady) listener();
      },
    };
  }

  /** Handles a notification of Q-IDE's own; returns whether its method is known. */
  private notified(method: string, params: unknown): boolean {
    switch (method) {
      case 'qide/status':
        this.statusReported(params as StatusParams);
        return true;
      case 'qide/presence':
        this.members.presenceReported(params as PresenceParams);
        return true;
      case 'qide/teamChatMessage':
        for (const listener of this.teamChatListeners) listener(params as TeamChatMessage);
        return true;
      case 'qide/fileSaved':
        this.fileSaved(params as FileSavedParams);
        return true;
      case 'qide/fileChanged':
        this.fileChanged(params as FileChangedParams);
        return true;
      case 'qide/accessChanged':
        this.accessChanged(params as AccessChangedParams);
        return true;
      case 'qide/treeChanged':
        void this.fileSystem.treeChanged().catch(() => {});
        return true;
      default:
        // Settings of the page are not in this extension.
        return this.terminals.receive(method, params) || this.chat?.receive(method, params) === true || method.startsWith('qide/');
    }
  }

  /** The server says what this person's role allows: when it has changed, and on each connection. */
  private accessChanged({ canEdit }: AccessChangedParams): void {
    if (this.fileSystem.isReadOnly === !canEdit) return;
    this.fileSystem.isReadOnly = !canEdit;
    this.documents.accessChanged(canEdit);
    this.members.refresh();
    this.chat?.accessChanged();
    const sentence = canEdit ? 'You may now edit the files of' : 'You may now only read the files of';
    void vscode.window.showInformationMessage(`${sentence} ${this.workspace}${canEdit ? '.' : ': an owner changed your role.'}`);
  }

  private statusReported({ message, severity }: StatusParams): void {
    this.hooks.log.info('server.status', { severity, message });
    if (severity === 'error') void vscode.window.showWarningMessage(message);
    else vscode.window.setStatusBarMessage(message, SENTENCE_MILLISECONDS);
  }

  private fileSaved({ path }: FileSavedParams): void {
    if (!this.fileSystem.isKnown(path)) this.fileSystem.changed(path, vscode.FileChangeType.Created);
    // An open document has the text already; a notebook, for instance, has not what others type in its file.
    else if (!this.documents.isShared(path)) this.fileSystem.changed(path, vscode.FileChangeType.Changed);
  }

  private fileChanged({ path, etag, movedTo, isNewFolder }: FileChangedParams): void {
    if (movedTo !== undefined) {
      this.moved(path, movedTo);
    } else if (etag === undefined && !isNewFolder) {
      this.fileSystem.changed(path, vscode.FileChangeType.Deleted);
    } else if (isNewFolder || !this.fileSystem.isKnown(path)) {
      this.fileSystem.changed(path, vscode.FileChangeType.Created);
    } else if (!this.documents.isShared(path)) {
      // An open document has the change already, merged.
      this.fileSystem.changed(path, vscode.FileChangeType.Changed);
    }
  }

  private moved(path: string, target: string): void {
    if (!this.fileSystem.isOwnMove(path, target)) this.documents.moved(path, target);
    this.fileSystem.changed(path, vscode.FileChangeType.Deleted);
    this.fileSystem.changed(target, vscode.FileChangeType.Created);
  }
}
