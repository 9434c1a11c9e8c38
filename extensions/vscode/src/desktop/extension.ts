import * as vscode from 'vscode';
import { mayChat } from '../chat/access.js';
import { startFeatures } from '../features.js';
import { registerTerminalCommands, registerTerminalProfile, type TerminalCommands } from '../terminal/terminals.js';
import { ApiError } from '@qide/client';
import { FilesView } from './files-view.js';
import { Log } from './log.js';
import { Servers } from './servers.js';
import { Session } from './session.js';
import { TeamChatWebview } from './team-chat-view.js';
import { IS_THEIA } from './theia.js';
import { EXTERNAL_SCHEME, SCHEME } from '../schemes.js';
import { workspaceOf } from './uris.js';

/** The address of the workspace that was opened in a window beside its folders. */
const OPENED_HERE = 'qide.openedHere';
/** The languages of which VS Code has a formatter of its own, and would ask a person to choose one. */
const FORMATTED = ['typescript', 'typescriptreact', 'javascript', 'javascriptreact', 'json', 'jsonc', 'html', 'css', 'scss', 'less'];
/**
 * Settings by which a window that saves by itself, a second after an edit of anybody, would change what others are typing: it would delete
 * their trailing spaces and empty lines, and every window would add a line end of its own. The server keeps the encoding of a file.
 */
const SHARED_TEXT = {
  'files.trimTrailingWhitespace': false,
  'files.trimFinalNewlines': false,
  'files.insertFinalNewline': false,
  'files.encoding': 'utf8',
  'files.autoGuessEncoding': false,
};
/** The title of the profile of terminals in `desktop.json`. */
const TERMINAL_PROFILE = 'Q-IDE';

/** Starts the extension: it serves the files of `qide:` addresses, and the people of the first workspace in the window. */
export function activate(context: vscode.ExtensionContext): void {
  const servers = new Servers(context);
  const log = new Log();
  const window = new WorkspaceWindow(context, servers, log);
  context.subscriptions.push(
    log,
    window,
    vscode.workspace.registerFileSystemProvider(SCHEME, window, { isCaseSensitive: true }),
    vscode.workspace.registerTextDocumentContentProvider(EXTERNAL_SCHEME, { provideTextDocumentContent: async (uri) => (await window.session).external(uri.toString()) }),
    vscode.commands.registerCommand('qide.openWorkspace', () => window.openWorkspace().catch(showError)),
    vscode.commands.registerCommand('qide.showLog', () => log.show()),
    vscode.commands.registerCommand('qide.goToFile', async () => (await window.session).find.goToFile()),
    vscode.commands.registerCommand('qide.searchText', async () => (await window.session).find.searchText()),
    vscode.commands.registerCommand('qide.undo', () => window.undo('undo')),
    vscode.commands.registerCommand('qide.redo', () => window.undo('redo')),
    ...registerTerminalCommands(() => window.terminals),
    registerTerminalProfile(() => window.terminals),
  );
  window.resume();
}

/** The workspace of this window, whose session begins when it is first needed. */
class WorkspaceWindow implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;
  private started: Promise<Session> | null = null;
  private running: Session | null = null;
  private terminalCommands: TerminalCommands | null = null;
  private root: vscode.Uri | null = null;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly servers: Servers,
    private readonly log: Log,
  ) {}

  /** Asks for a server and a workspace, and opens it in a window. */
  async openWorkspace(): Promise<void> {
    const server = await this.servers.signIn();
    const uri = server && (await this.servers.choose(server));
    if (!uri) return;
    if (IS_THEIA) return this.openHere(uri);
    const { workspaces } = await server.workspaces();
    const hasTerminals = workspaces.some(({ name, terminals }) => name === workspaceOf(uri)!.workspace && terminals);
    await vscode.commands.executeCommand('vscode.openFolder', await this.workspaceFile(uri, hasTerminals), { forceReuseWindow: true });
  }

  /** Continues with the workspace that was opened in this window before it was loaded again. */
  resume(): void {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === SCHEME);
    const here = IS_THEIA ? this.memory.get<string>(OPENED_HERE) : undefined;
    if (here !== undefined) this.root = vscode.Uri.parse(here, true);
    if (folder || here !== undefined) this.session.catch((error: unknown) => this.notResumed(error));
  }

  /** Shows why the workspace cannot be opened, and lets new windows without a folder begin without it. */
  private notResumed(error: unknown): void {
    if (IS_THEIA && this.memory === this.context.globalState) void this.memory.update(OPENED_HERE, undefined);
    showError(error);
  }

  /** Where Theia keeps the address of the workspace: it has no state for windows without a folder, which share this one. */
  private get memory(): vscode.Memento {
    const { workspaceState, globalState } = this.context;
    return vscode.workspace.workspaceFolders?.length ? workspaceState : globalState;
  }

  /** Opens a workspace beside the folders of this window. */
  private async openHere(uri: vscode.Uri): Promise<void> {
    await this.memory.update(OPENED_HERE, uri.toString(true));
    if (this.running) {
      await vscode.commands.executeCommand('workbench.action.reloadWindow');
      return;
    }
    this.root = uri;
    await this.session;
    await vscode.commands.executeCommand('qide.files.focus');
  }

  get session(): Promise<Session> {
    const root = this.root ?? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === SCHEME)?.uri;
    if (!root) return Promise.reject(new Error('No Q-IDE workspace is open in this window. Run the command “Q-IDE: Open Workspace…”.'));
    this.started ??= this.start(root).catch((error: unknown) => {
      this.started = null;
      throw error;
    });
    return this.started;
  }

  /** What the commands of terminals do, in the workspace of this window. */
  get terminals(): Promise<TerminalCommands> {
    return this.session.then(() => this.terminalCommands!);
  }

  undo(direction: 'undo' | 'redo'): void {
    const document = vscode.window.activeTextEditor?.document;
    if (!document || !this.running?.documents.undo(document, direction)) void vscode.commands.executeCommand(direction);
  }

  dispose(): void {
    this.running?.dispose();
  }

  watch(): vscode.Disposable {
    // The server notifies of every change.
    return new vscode.Disposable(() => {});
  }

  stat = async (uri: vscode.Uri) => (await this.of(uri)).stat(uri);
  readDirectory = async (uri: vscode.Uri) => (await this.of(uri)).readDirectory(uri);
  readFile = async (uri: vscode.Uri) => (await this.of(uri)).readFile(uri);
  writeFile = async (uri: vscode.Uri, content: Uint8Array, options: { create: boolean; overwrite: boolean }) => (await this.of(uri)).writeFile(uri, content, options);
  createDirectory = async (uri: vscode.Uri) => (await this.of(uri)).createDirectory(uri);
  delete = async (uri: vscode.Uri, options: { recursive: boolean }) => (await this.of(uri)).delete(uri, options);
  rename = async (from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }) => (await this.of(to)).rename(from, to, options);

  /** The file system of a file's workspace, which must be the one of this window. */
  private async of(uri: vscode.Uri) {
    const wanted = workspaceOf(uri);
    this.root ??= wanted && !vscode.workspace.workspaceFolders?.length ? uri.with({ path: `/${wanted.workspace}` }) : null;
    const { fileSystem } = await this.session;
    const present = workspaceOf(fileSystem.uriOf(''))!;
    if (wanted?.workspace !== present.workspace || wanted.server !== present.server) {
      throw vscode.FileSystemError.Unavailable(`This window shows the workspace ${present.workspace} of ${present.server}: open another one in its own window.`);
    }
    return fileSystem;
  }

  private async start(folder: vscode.Uri): Promise<Session> {
    const place = workspaceOf(folder);
    if (!place) throw new Error(`${folder.toString()} names no workspace: an address is qide://SERVER/WORKSPACE.`);
    const server = await this.servers.get(place.server);
    if (!server) throw vscode.FileSystemError.Unavailable(`Sign in to ${place.server} to open ${place.workspace}: run the command “Q-IDE: Open Workspace…”.`);
    const signedOut = async () => {
      this.log.warn('login.ended', { server: place.server });
      await this.servers.forget(server);
      void vscode.window.showWarningMessage(`You are signed out of ${place.server}. Sign in and reload the window; edits that are not saved are kept until then.`, 'Sign In').then(async (answer) => {
        if (answer && (await this.servers.signIn(server.address))) await vscode.commands.executeCommand('workbench.action.reloadWindow');
      });
    };
    const me = await server.me().catch(async (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) await signedOut();
      throw error;
    });
    // The role in this workspace may be higher than that in the home organisation.
    const role = (await server.workspaces()).workspaces.find(({ name }) => name === place.workspace)?.role ?? me.role;
    const person = { ...me, role };
    const root = folder.with({ path: `/${place.workspace}` });
    const session: Session = new Session(server, root, person, {
      log: this.log,
      refused: () => void signedOut(),
      provideTeamChatView: (conversation, shown) => {
        const view = new TeamChatWebview(this.context.extensionUri, session.host, conversation, shown);
        this.context.subscriptions.push(vscode.window.registerWebviewViewProvider('qide.teamChat', view, { webviewOptions: { retainContextWhenHidden: true } }));
      },
    });
    this.log.info('workspace.opened', { server: place.server, workspace: place.workspace, role });
    this.running = session;
    // Theia's explorer shows only local folders.
    if (IS_THEIA) this.context.subscriptions.push(new FilesView(session.fileSystem));
    session.fileSystem.onDidChangeFile((events) => this.changes.fire(events));
    void vscode.commands.executeCommand('setContext', 'qide.isOpen', true);
    this.terminalCommands = startFeatures(session.host);
    if (mayChat(person)) this.context.subscriptions.push(session.startChat(this.context.extensionUri));
    session.start();
    return session;
  }

  /**
   * A workspace file with the settings that shared editing needs: what people type is stored at once, so it is saved at once.
   *
   * @param hasTerminals whether new and split terminals are shells of the server
   */
  private async workspaceFile(folder: vscode.Uri, hasTerminals: boolean): Promise<vscode.Uri> {
    // VS Code shows the name of the file as that of the window.
    const [server, name] = [folder.authority, folder.path.slice(1)].map((part) => part.replace(/[^\w.-]+/g, '-'));
    const directory = vscode.Uri.joinPath(this.context.globalStorageUri, server!);
    const uri = vscode.Uri.joinPath(directory, `${name}.code-workspace`);
    const profiles = ['linux', 'osx', 'windows'].map((system) => [`terminal.integrated.defaultProfile.${system}`, TERMINAL_PROFILE]);
    const formatters = FORMATTED.map((language) => [`[${language}]`, { 'editor.defaultFormatter': this.context.extension.id }]);
    const settings = { 'files.autoSave': 'afterDelay', 'files.autoSaveDelay': 1000, 'files.eol': '\n', ...SHARED_TEXT, ...Object.fromEntries(formatters), ...(hasTerminals && Object.fromEntries(profiles)) };
    await vscode.workspace.fs.createDirectory(directory);
    const content = withMissing(await ownFile(uri), folder, settings, hasTerminals);
    if (content !== null) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
    return uri;
  }
}

/** The text of a file of the extension; empty if there is none. */
async function ownFile(uri: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return '';
    throw error;
  }
}

/**
 * A workspace file with a folder and settings; it keeps what VS Code and the person have written into it. Null if it is not
 * plain JSON: it may have comments, which would be lost.
 */
function withMissing(text: string, folder: vscode.Uri, settings: object, hasTerminals: boolean): string | null {
  try {
    const file = JSON.parse(text.trim() || '{}') as { readonly folders?: readonly { readonly uri?: string }[]; readonly settings?: object };
    const isNamed = file.folders?.some(({ uri }) => uri !== undefined && vscode.Uri.parse(uri).toString() === folder.toString());
    const folders = isNamed ? file.folders : [{ uri: folder.toString(true) }, ...(file.folders ?? [])];
    const kept = Object.entries(file.settings ?? {}).filter(([, value]) => hasTerminals || value !== TERMINAL_PROFILE);
    return JSON.stringify({ ...file, folders, settings: { ...settings, ...Object.fromEntries(kept) } }, null, 2);
  } catch {
    return null;
  }
}

function showError(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}
