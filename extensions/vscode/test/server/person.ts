// The two people of a test on a real server, named by the environment: one in VS Code with the extension, one with @qide/client.

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ServerApi, type SharedDocument, type SocketLike, type Workspace } from '@qide/client';
import { WebSocket } from 'ws';
import { activate } from '../../src/desktop/extension.js';
import type { TestDocument } from '../vscode/document.js';
import { Uri } from '../vscode/values.js';
import { testWindow } from '../vscode/window.js';

/** The link with the owner's token. */
const LINK = new URL(process.env['QIDE_LINK'] ?? 'missing: run this by the test VsCodeExtensionTest');
export const TOKEN = new URLSearchParams(LINK.hash.slice(1)).get('token')!;
/** A member whose role the owner changes. */
export const MEMBER = { id: process.env['QIDE_MEMBER_ID']!, token: process.env['QIDE_MEMBER_TOKEN']! };
/** Somebody of another organisation, to whom the owner gives a role in the workspace. */
export const VISITOR = { id: process.env['QIDE_VISITOR_ID']!, token: process.env['QIDE_VISITOR_TOKEN']! };
/** The directory of the workspace. */
export const FOLDER = process.env['QIDE_FOLDER']!;
export const WORKSPACE = 'demo';
const PATIENCE_MILLISECONDS = 30_000;

/** Waits for a condition. */
export async function eventually(what: string, read: () => unknown, milliseconds = PATIENCE_MILLISECONDS): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (let last: unknown; ; ) {
    try {
      last = await read();
      if (last === true) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what} (${String(last)}); ${JSON.stringify(testWindow.shown)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The way from VS Code to the server, which can be cut. */
export class Network {
  private readonly sockets = new Set<Socket>();
  private readonly ways = new Map<Socket, Socket>();
  private isUp = true;
  private readonly server: Server = createServer((socket) => {
    if (!this.isUp) return void socket.destroy();
    const onward = connect(Number(LINK.port), LINK.hostname);
    this.ways.set(socket, onward);
    socket.on('close', () => this.ways.delete(socket));
    for (const [one, other] of [[socket, onward], [onward, socket]] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy()).pipe(other);
    }
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Keeps back what the window sends. */
  hold(): void {
    for (const [socket, onward] of this.ways) socket.unpipe(onward);
  }

  release(): void {
    for (const [socket, onward] of this.ways) socket.pipe(onward);
  }

  cut(): void {
    this.isUp = false;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  mend(): void {
    this.isUp = true;
  }

  stop(): void {
    this.cut();
    this.server.close();
  }
}

/** A person in VS Code: the extension in a window of its own. */
export class VsCode {
  readonly network = new Network();
  readonly secrets = new Map<string, string>();
  private readonly state = new Map<string, unknown>();
  private readonly folderState = new Map<string, unknown>();
  private readonly subscriptions: { dispose(): unknown }[] = [];
  private root: Uri | null = null;

  /**
   * Opens the workspace with a token, as the command “Open Workspace…” and the new window do.
   * @param first a folder of the window before that of the workspace
   */
  async open(token: string, first?: Uri): Promise<void> {
    await this.choose(token);
    testWindow.workspaceFolders = [...(first ? [{ uri: first }] : []), { uri: this.root! }];
    await this.reload();
  }

  /** Opens the workspace up to the moment at which VS Code in a browser looks for the folder, which the window does not have yet. */
  async openWithoutFolder(token: string): Promise<void> {
    await this.choose(token);
    testWindow.workspaceFolders = [];
    this.deactivate();
    await this.activate();
  }

  /** Opens the workspace in a window without folders, as the command does in Theia. */
  async openHere(token: string): Promise<void> {
    await this.signIn(token);
    this.root = Uri.parse(`qide://${new URL(this.network.address).host}/${WORKSPACE}`);
    await this.connected();
  }

  /** The window is loaded again. */
  async reload(): Promise<void> {
    this.deactivate();
    await this.activate();
    await this.connected();
  }

  uri(path: string): Uri {
    return Uri.joinPath(this.root!, path);
  }

  /** Opens a file that the server has, and waits until it is shared. */
  async show(path: string): Promise<TestDocument> {
    await eventually(`${path} is listed`, () => testWindow.files.stat(this.uri(path)).then(() => true));
    return testWindow.show(this.uri(path));
  }

  async loseConnection(): Promise<void> {
    this.network.cut();
    await eventually('the window notices', () => !testWindow.statusItems.get('connection')!.text.includes('Connected'));
  }

  close(): void {
    this.deactivate();
    testWindow.reset();
    this.network.stop();
  }

  private async signIn(token: string): Promise<void> {
    await this.network.start();
    await this.activate();
    testWindow.answers.push(`${this.network.address}#token=${token}`);
    await testWindow.commands.get('qide.openWorkspace')!();
  }

  /** Chooses the workspace, whose file VS Code then opens. */
  private async choose(token: string): Promise<void> {
    await this.signIn(token);
    const [opened] = testWindow.ran.filter(({ command }) => command === 'vscode.openFolder');
    const file = JSON.parse(testWindow.ownFiles.get(String(opened!.parameters[0]))!) as { folders: [{ uri: string }] };
    this.root = Uri.parse(file.folders[0].uri);
  }

  private connected(): Promise<void> {
    return eventually('the window is connected', () => testWindow.statusItems.get('connection')?.text.includes('Connected'));
  }

  private async activate(): Promise<void> {
    const { secrets, subscriptions } = this;
    const memory = (state: Map<string, unknown>, isKept: () => boolean) => ({
      get: (key: string, otherwise: unknown) => state.get(key) ?? otherwise,
      update: async (key: string, value: unknown) => void (isKept() && state.set(key, value)),
    });
    const context = {
      subscriptions,
      extensionUri: Uri.parse('file:///extension'),
      extension: { id: 'qide.qide-vscode' },
      globalStorageUri: Uri.parse('file:///storage'),
      secrets: { get: async (key: string) => secrets.get(key), store: async (key: string, value: string) => void secrets.set(key, value), delete: async (key: string) => void secrets.delete(key) },
      globalState: memory(this.state, () => true),
      // As in Theia, which keeps none for a window without a folder.
      workspaceState: memory(this.folderState, () => testWindow.workspaceFolders !== undefined),
    };
    activate(context as unknown as Parameters<typeof activate>[0]);
  }

  private deactivate(): void {
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
  }
}

/** Somebody else, with another editor. */
export class Other {
  readonly server = new ServerApi(LINK.href, TOKEN);
  readonly files = this.server.files(WORKSPACE);
  readonly workspace: Workspace = this.server.open(WORKSPACE, { WebSocket: WebSocket as unknown as new (url: string) => SocketLike });

  /** Changes the role of a member; needs the owner's token. */
  async setRole(person: string, role: 'viewer' | 'editor'): Promise<void> {
    const init = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ role }) };
    await this.server.request(`api/organisations/home/members/${person}`, init);
  }

  /** Gives a person a role in the workspace, or ends it; needs the owner's token. */
  async setWorkspaceRole(person: string, role: 'editor' | null): Promise<void> {
    const change = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ role }) };
    await this.server.request(`api/workspaces/${WORKSPACE}/members/${person}`, role === null ? { method: 'DELETE' } : change);
  }

  async document(path: string): Promise<SharedDocument> {
    await this.workspace.ready();
    const document = this.workspace.document(path);
    await document.whenSynced();
    return document;
  }

  close(): void {
    this.workspace.close();
  }
}
