import { isOwner, type DurableTransport, type TeamChatMessage } from '@qide/client';
import type { Terminals } from '@qide/client/terminals';
import { ExtensionHostKind, registerExtension } from '@codingame/monaco-vscode-api/extensions';
import { registerCustomView, viewContainerRegistry, ViewContainerLocation, viewRegistry } from '@codingame/monaco-vscode-workbench-service-override';
import { startFeatures } from 'qide-vscode/features.js';
import type { Disposable, Host } from 'qide-vscode/host.js';
import { registerTerminalCommands, type TerminalCommands } from 'qide-vscode/terminal/terminals.js';
import type { Member, Place } from 'qide-vscode/members/members.js';
import { TeamChatPanel } from 'qide-vscode/team-chat/panel.js';
import manifest from 'qide-vscode/package.json';
import * as vscode from 'vscode';
import { server } from '../api.js';
import { mayUseTerminals, type Workspace } from './workspace.js';

/** The container of views that the extension contributes, as the workbench names it. */
const CONTAINER = 'workbench.view.extension.qide-people';
const TEAM_CHAT = 'qide.teamChat';
/** How long a jump waits for the caret of a member in a file that was not open. */
const CARET_MILLISECONDS = 5_000;

const contributed = manifest.contributes.views['qide-people'];

/**
 * Declares what the extension `qide-vscode` contributes; its views of elements become views of the page.
 *
 * @param terminals what the commands of terminals do, once the extension's features have started
 */
export async function registerPeopleExtension(terminals: Promise<TerminalCommands>): Promise<void> {
  registerTerminalCommands(() => terminals);
  const views = { 'qide-people': contributed.filter((view) => !('type' in view)) };
  const { name, displayName, publisher, version } = manifest;
  const extension = registerExtension(
    { name, displayName, publisher, version, engines: { vscode: '*' }, contributes: { ...manifest.contributes, views } } as never,
    ExtensionHostKind.LocalProcess,
    { system: true },
  );
  await extension.whenReady();
  // This workbench has no extension point for what an empty view shows.
  for (const { view, contents } of manifest.contributes.viewsWelcome) viewRegistry.registerViewWelcomeContent(view, { content: contents });
}

/** Starts the extension's features; the server's messages of the team chat go to `received`. */
export function startPeopleExtension(workspace: Workspace, transport: DurableTransport, terminals: Terminals, terminalInput: (typed: string) => string): { received(message: TeamChatMessage): void; readonly terminals: TerminalCommands } {
  const { name, person, members, access } = workspace;
  const listeners: ((message: TeamChatMessage) => void)[] = [];
  const host: Host = {
    workspace: name,
    personId: person.id,
    get isEditor() {
      return access.mayEdit;
    },
    mayShare: isOwner(person),
    members,
    shares: server().shares(name),
    teamChat: {
      request: (method, params) => transport.request(method, params),
      subscribe: (listener) => listeners.push(listener),
      subscribeReady: (listener) => whenReady(transport, listener),
    },
    terminals,
    terminalInput,
    mayUseTerminals: async () => mayUseTerminals(workspace),
    jump: (member, place) => jump(workspace, member, place),
    provideTeamChatView: (conversation, shown) => provideTeamChatView((container) => shown(new TeamChatPanel(container, conversation, host))),
  };
  return { received: (message) => listeners.forEach((listener) => listener(message)), terminals: startFeatures(host) };
}

/** Calls a listener at each connection, and at once if there is one; other listeners stay. */
export function whenReady(transport: DurableTransport, listener: () => void): void {
  const { onReady } = transport;
  transport.onReady = (capabilities) => {
    onReady(capabilities);
    listener();
  };
  if (transport.isReady) listener();
}

function provideTeamChatView(render: (container: HTMLElement) => Disposable): void {
  const { name } = contributed.find(({ id }) => id === TEAM_CHAT)!;
  registerCustomView({
    id: TEAM_CHAT,
    name,
    order: contributed.length,
    location: ViewContainerLocation.Sidebar,
    viewContainer: viewContainerRegistry.get(CONTAINER) ?? undefined,
    renderBody: (container) => {
      container.style.height = '100%';
      return render(container);
    },
  });
}

async function jump({ uris, people }: Workspace, { key }: Member, { path, client }: Place): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.from(uris.of(path)), { preview: true });
  const deadline = Date.now() + CARET_MILLISECONDS;
  while (!people.reveal(key, client) && Date.now() < deadline) await new Promise((resolve) => requestAnimationFrame(resolve));
}
