import { findDocument, type StatusParams } from '@qide/client';
import { Terminals } from '@qide/client/terminals';
import { getService, ICodeEditorService, IEditorService, IExplorerService, ILifecycleService, ITextModelService } from '@codingame/monaco-vscode-api';
import { WorkspaceLanguageClient } from 'qide-vscode/language/language-client.js';
import { registerOrganizeImports } from 'qide-vscode/language/organize-imports.js';
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, LanguageClient } from 'vscode-languageclient/browser';
import { mayChat } from 'qide-vscode/chat/access.js';
import { ChatFeature } from '../chat/workbench/chat-feature.js';
import { registerDisplayName } from '../people/display-name.js';
import type { FileList } from '../files/file-list.js';
import { registerZipCommands } from '../files/zip-commands.js';
import { registerImagePreview } from '../preview/image-preview.js';
import { registerMarkdownPreview } from '../preview/markdown-preview.js';
import { EXTERNAL_SCHEME } from 'qide-vscode/schemes.js';
import type { TerminalCommands } from 'qide-vscode/terminal/terminals.js';
import { followAddress, openFromAddress } from './address.js';
import { isPhone } from './defaults.js';
import { registerEditorCommands } from './editor-commands.js';
import { passExtensionApi } from './extension-api.js';
import { MovedEditors } from './moved-editors.js';
import { Notifications } from './notifications.js';
import { startPeopleExtension, whenReady } from './people-extension.js';
import { PersonalSettings } from './personal-settings.js';
import { sendOfflineEdits, textReplaced } from './recovery.js';
import { SessionCheck } from './session-check.js';
import { StatusItems } from './status-items.js';
import type { TerminalKeys } from './terminal-keys.js';
import { TextFormatItem } from './text-format-item.js';
import { registerWorkspaceCommands } from './workspace-commands.js';
import { mayUseTerminals, type Workspace } from './workspace.js';

/** How long an open connection may be silent after the browser reports that the network is gone. */
const OFFLINE_MILLISECONDS = 2_000;
/** How long a passing sentence stays in the status bar. */
const SENTENCE_MILLISECONDS = 8_000;

const SIGNED_OUT = 'You are signed out. Sign in with the server’s link in another tab; this page then continues by itself.';
const DELETED = 'This workspace was deleted, or you have no access to it any more. The open texts exist only on this page: copy what you need.';
const PARTIAL_TREE =
  'This workspace has more files than the explorer can list. Files that are not listed open by links and definitions. Add generated folders to .gitignore so that the others are listed.';

/**
 * Starts what needs VS Code's extension API: language features, the state in the status bar, commands.
 *
 * @param terminalsStarted receives what the commands of terminals do
 */
export async function startFeatures(workspace: Workspace, terminalsStarted: (commands: TerminalCommands) => void): Promise<void> {
  const { connection, files, members, uris, api, events } = workspace;
  const parameters = new URLSearchParams(location.search);
  const editors = await getService(IEditorService);
  const movedEditors = new MovedEditors(editors, await getService(ITextModelService), await getService(ICodeEditorService));
  const explorer = await getService(IExplorerService);
  const shown = () => {
    const path = editors.activeEditor?.resource && uris.pathOf(editors.activeEditor.resource);
    return path ? (files.get(path) ?? null) : null;
  };
  const status = new StatusItems(connection, files, shown);
  const format = new TextFormatItem(api, uris);
  editors.onDidActiveEditorChange(() => status.update());
  events.changed = () => status.update();
  events.replaced = (path, copy) => void textReplaced(workspace, path, copy);
  const settings = new PersonalSettings(workspace.person.id);
  const notifications = new Notifications(workspace.fileList, workspace.fileSystem, files, {
    status: (params) => statusReceived(params, status),
    access: ({ canEdit }) => accessChanged(workspace, chat, canEdit),
    settingChanged: ({ name, etag }) => void settings.changedOnServer(name, etag),
    presence: (params) => members.presenceReported(params),
    teamChat: (message) => people.received(message),
    moved: (from, to) => movedEditors.follow(uris.of(from), uris.of(to)),
    // Not by the command: it opens the explorer in place of the view that is open.
    refreshExplorer: () => void explorer.refresh(),
    written: (path) => void format.written(path),
    changed: (path) => void format.changed(path),
  });
  const received = (method: string, params: unknown) => terminals.receive(method, params) || chat.receive(method, params) || notifications.receive(method, params);
  const language: WorkspaceLanguageClient = new WorkspaceLanguageClient(connection, received, { LanguageClient, ErrorAction, CloseAction });
  const terminals = new Terminals(language.transport);
  const chat = new ChatFeature(language.transport, uris, `${workspace.person.id}.${workspace.name}`, () => workspace.access.mayEdit, (path, undo) => files.get(path)?.undo?.remember(undo));
  if (mayChat(workspace.person)) chat.register();
  vscode.workspace.registerTextDocumentContentProvider(EXTERNAL_SCHEME, { provideTextDocumentContent: (uri) => api.external(uri.toString()) });
  events.pathOf = (doc, isWanted) => findDocument(language.transport, doc, isWanted);
  events.moved = (from, to) => void notifications.moved(from, to);
  let keys: TerminalKeys | null = null;
  const people = startPeopleExtension(workspace, language.transport, terminals, (text) => keys?.typed(text) ?? text);
  terminalsStarted(people.terminals);
  registerDisplayName(workspace.person, (person) => {
    files.setOwnName(person.name);
    members.setSelf(person);
    workspace.people.publish();
  });
  registerOrganizeImports();
  registerEditorCommands((method, params) => language.request(method, params));
  registerImagePreview(workspace);
  registerMarkdownPreview(workspace);
  registerZipCommands(api, () => notifications.treeChanged());
  registerWorkspaceCommands(workspace.person, workspace.access.mayEdit, workspace.list, workspace.name);
  whenReady(language.transport, () => terminals.connected());
  connect(workspace, language, chat, notifications, status);
  language.start();
  connection.start();
  await followAddress(uris);
  // Not by an event listener of the page: the workbench would end its parts although the person stays.
  (await getService(ILifecycleService)).onBeforeShutdown((event) => event.veto(files.all().some(({ holdsText }) => holdsText), 'qide.edits'));
  await openFromAddress(uris, parameters);
  if (isPhone()) keys = await (await import('./phone.js')).startPhone(mayChat(workspace.person), mayUseTerminals(workspace));
  void sendOfflineEdits(workspace);
  void warnOfPartialTree(workspace.fileList);
  void settings.start();
  void format.start();
  passExtensionApi();
  document.documentElement.dataset['ready'] = 'true';
}

async function warnOfPartialTree(list: FileList): Promise<void> {
  if (await list.isTruncated().catch(() => false)) void vscode.window.showWarningMessage(PARTIAL_TREE);
}

/** Wires the connection to its users, and the browser's signals to the connection. */
function connect({ connection, members, name }: Workspace, language: WorkspaceLanguageClient, chat: ChatFeature, notifications: Notifications, status: StatusItems): void {
  const warn = (sentence: string) => void vscode.window.showWarningMessage(sentence);
  const check = new SessionCheck(connection, name, () => warn(SIGNED_OUT), () => warn(DELETED), warn);
  let isFirst = true;
  connection.onText = (message) => language.transport.receive(message);
  whenReady(language.transport, () => chat.connected());
  connection.onUp = () => {
    language.transport.up();
    if (!isFirst) notifications.treeChanged();
    isFirst = false;
  };
  connection.onDown = () => {
    language.down();
    chat.disconnected();
    // The server's reports are outdated; it sends them again on the next connection.
    members.forgetReported();
    status.databaseStatus(false);
    if (connection.state === 'gone') warn(DELETED);
  };
  connection.onState = (state) => {
    status.showConnection();
    check.changed(state);
  };
  addEventListener('online', () => {
    connection.retryNow();
    connection.check();
  });
  // This proves nothing: a server on this machine, or on another network, may still answer.
  addEventListener('offline', () => connection.check(OFFLINE_MILLISECONDS));
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) connection.check();
  });
}

let hasDatabaseWarning = false;

function statusReceived({ component, language, message, severity }: StatusParams, status: StatusItems): void {
  const isProblem = severity === 'error';
  if (component === 'database') {
    status.databaseStatus(isProblem);
    if (isProblem && !hasDatabaseWarning) void vscode.window.showWarningMessage(message);
    hasDatabaseWarning = isProblem;
    return;
  }
  if (isProblem && language !== undefined) void vscode.window.showWarningMessage(message);
  else vscode.window.setStatusBarMessage(message, SENTENCE_MILLISECONDS);
}

/** The server says what this person's role allows: after a change, editors become read-only or writable at once. */
function accessChanged({ access, members, name }: Workspace, chat: ChatFeature, mayEdit: boolean): void {
  if (access.mayEdit === mayEdit) return;
  access.changed(mayEdit);
  chat.accessChanged();
  members.refresh();
  void vscode.commands.executeCommand('setContext', 'qide.isEditor', mayEdit);
  void vscode.window.showInformationMessage(
    mayEdit ? `You may now edit the files of ${name}.` : `You may now only read the files of ${name}: an owner changed your role.`,
  );
}
