import { DurableTransport, isRequest, LanguageTransports, type Connection, type RpcMessage } from '@qide/client';
import * as vscode from 'vscode';
import { SCHEME } from '../schemes.js';
import { AnnouncedCommands, type CommandOptions } from './announced-commands.js';
import { withConvertedCommands } from './command-arguments.js';
import { GhostTextFailures, readable } from './ghost-text-failures.js';
import { LargeDocuments } from './large-documents.js';
import { answerRenameRequests, type RenameClient } from './rename-requests.js';
import type { CloseAction, ErrorAction, LanguageClientOptions, MessageTransports } from 'vscode-languageclient';

interface Client extends RenameClient {
  start(): Promise<void>;
  sendRequest<R>(method: string, params: unknown): Promise<R>;
}

/** The package `vscode-languageclient` as it is built for where this runs: a browser, or Node. */
export interface LanguageClientPackage {
  readonly LanguageClient: new (id: string, name: string, server: () => Promise<MessageTransports>, options: LanguageClientOptions) => Client;
  readonly ErrorAction: { readonly Continue: ErrorAction.Continue };
  readonly CloseAction: { readonly DoNotRestart: CloseAction.DoNotRestart };
}

/** The settings of language servers that do not ask for theirs. */
const SENT_SETTINGS = ['typescript', 'javascript'];
const INLINE_COMPLETION = 'textDocument/inlineCompletion';
/** How long a passing sentence stays in the status bar. */
const SENTENCE_MILLISECONDS = 8_000;

/** Where the client runs. */
export interface ClientOptions {
  /**
   * The root of the workspace, to which the server relates the addresses of documents; by default the folders of the window, which
   * need not be those of the workspace.
   */
  readonly folder?: vscode.WorkspaceFolder;
  /** Precedes the names of the servers' commands, where other extensions may have the same commands. */
  readonly commandPrefix?: string;
}

/** Handles a notification of Q-IDE's own; returns whether its method is known. */
export type NotificationHandler = (method: string, params: unknown) => boolean;

/**
 * All language servers of a workspace as one client of VS Code's language features, for the life of the window.
 *
 * The transport outlives sockets: on a new connection it initializes again and opens every document again.
 */
export class WorkspaceLanguageClient {
  readonly transport: DurableTransport;
  private readonly client: Client;
  private readonly messages: LanguageTransports;
  private readonly ghostText = new GhostTextFailures({
    warn: (sentence) => void vscode.window.showWarningMessage(sentence),
    status: (sentence) => void vscode.window.setStatusBarMessage(sentence, SENTENCE_MILLISECONDS),
  });

  /**
   * @param options what differs between the browser IDE and VS Code
   */
  constructor(connection: Connection, notified: NotificationHandler, { LanguageClient, ErrorAction, CloseAction }: LanguageClientPackage, { folder, commandPrefix = '' }: ClientOptions = {}) {
    const large = new LargeDocuments((uri) => {
      const name = vscode.Uri.parse(uri).path.split('/').at(-1);
      void vscode.window.showInformationMessage(`${name} has no language features: it is larger than 8 MiB.`);
    });
    this.transport = new DurableTransport(connection, { openDocuments, notified, outgoing: (message) => large.outgoing(message) });
    const commands = new AnnouncedCommands(commandPrefix);
    this.messages = new LanguageTransports(this.transport, (message) => forWorkspace(message, commands));
    const options: LanguageClientOptions = {
      documentSelector: [{ scheme: SCHEME }],
      ...(folder && { workspaceFolder: folder }),
      synchronize: { configurationSection: SENT_SETTINGS },
      // The transport itself survives a lost connection; the client never ends.
      errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed: () => ({ action: CloseAction.DoNotRestart, handled: true }) },
      middleware: {
        sendRequest: async (type, params, token, next) => {
          const method = typeof type === 'string' ? type : type.method;
          const isGhostText = method === INLINE_COMPLETION;
          try {
            const result = commands.inResult(method, await next(type, commands.inParameters(method, params), token));
            if (isGhostText) this.ghostText.worked();
            return withConvertedCommands(method, result);
          } catch (error) {
            if (!isGhostText) throw readable(error);
            this.ghostText.failed(error);
            return null as never;
          }
        },
      },
    };
    this.client = new LanguageClient('qide', 'Q-IDE', async () => this.messages, options);
    answerRenameRequests(this.client);
  }

  start(): void {
    // Resolves with the first connection, which may come late.
    void this.client.start();
  }

  /** Sends a request that LSP does not have, such as `json/sort`, after all changes of documents. */
  request<R>(method: string, params: unknown): Promise<R> {
    return this.client.sendRequest<R>(method, params);
  }

  /** The connection is lost. */
  down(): void {
    this.transport.down();
    this.messages.down();
  }
}

/**
 * A message in which the filters of file operations, such as `workspace/willRenameFiles`, name the scheme of the page's
 * files, and in which commands have the names under which VS Code knows them. Language servers name the scheme of files on
 * their disk.
 */
function forWorkspace(message: RpcMessage, commands: AnnouncedCommands): RpcMessage {
  if (isRequest(message)) {
    if (message.method !== 'client/registerCapability') return message;
    const { registrations } = message.params as { registrations: readonly { readonly registerOptions?: FileOperations & CommandOptions }[] };
    return { ...message, params: { registrations: registrations.map((one) => ({ ...one, registerOptions: one.registerOptions && commands.announce(ofScheme(one.registerOptions)) })) } };
  }
  const { result } = message as { result?: { capabilities?: Capabilities } };
  if (!result?.capabilities) return message;
  const { workspace, executeCommandProvider } = result.capabilities;
  const fileOperations = workspace?.fileOperations && Object.fromEntries(Object.entries(workspace.fileOperations).map(([name, options]) => [name, ofScheme(options)]));
  const capabilities = {
    ...result.capabilities,
    ...(fileOperations && { workspace: { ...workspace, fileOperations } }),
    ...(executeCommandProvider && { executeCommandProvider: commands.announce(executeCommandProvider) }),
  };
  return { ...message, result: { ...result, capabilities } } as RpcMessage;
}

/** The part of LSP's `ServerCapabilities` that is changed. */
interface Capabilities {
  readonly workspace?: { readonly fileOperations?: Record<string, FileOperations> };
  readonly executeCommandProvider?: CommandOptions;
}

/** LSP's `FileOperationRegistrationOptions`; other options have no `filters`. */
interface FileOperations {
  readonly filters?: readonly { readonly scheme?: string }[];
}

function ofScheme<T extends FileOperations>(options: T): T {
  if (!options.filters) return options;
  return { ...options, filters: options.filters.map((filter) => (filter.scheme === 'file' ? { ...filter, scheme: SCHEME } : filter)) };
}

function* openDocuments() {
  for (const document of vscode.workspace.textDocuments) {
    if (document.uri.scheme !== SCHEME) continue;
    yield { uri: document.uri.toString(), languageId: document.languageId, version: document.version, text: document.getText() };
  }
}


