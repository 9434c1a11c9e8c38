import './workbench.css';
import 'qide-vscode/members/colours.css';
import 'qide-vscode/team-chat/team-chat.css';
import '../people/people.css';
import { Connection, isEditor, providerSocket, type Me, type WorkspaceList } from '@qide/client';
import { initialize, ISearchService } from '@codingame/monaco-vscode-api';
import { ExtensionHostKind, registerExtension } from '@codingame/monaco-vscode-api/extensions';
import { registerServiceInitializePostParticipant } from '@codingame/monaco-vscode-api/lifecycle';
import { SearchProviderType } from '@codingame/monaco-vscode-api/vscode/vs/workbench/services/search/common/search';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import { createIndexedDBProviders, registerCustomProvider } from '@codingame/monaco-vscode-files-service-override';
import { MembersList } from 'qide-vscode/members/members-list.js';
import type { OpenPresence, PresenceState } from 'qide-vscode/members/members.js';
import 'vscode/localExtensionHost';
import { FilesApi, socketAddress } from '../api.js';
import { FileList } from '../files/file-list.js';
import { ServerSearch } from '../files/server-search.js';
import { WorkspaceFileSystem } from '../files/workspace-file-system.js';
import { People } from '../people/people.js';
import { OfflineEditStore } from '../text/offline-edits.js';
import { SharedFiles } from '../text/shared-files.js';
import { WorkbenchModels } from '../text/workbench-models.js';
import { SCHEME } from 'qide-vscode/schemes.js';
import type { TerminalCommands } from 'qide-vscode/terminal/terminals.js';
import { WorkspaceUris } from '../workspace-uri.js';
import { defaults, isPhone } from './defaults.js';
import { EditAccess } from './edit-access.js';
import './grammars.js';
import { placeInputMethods } from './input-method-place.js';
import { registerPeopleExtension } from './people-extension.js';
import { services } from './services.js';
import { defineWorkers } from './workers.js';
import { CONTRIBUTIONS, TERMINAL_PROFILE } from './contributions.js';
import { mayUseTerminals, type Workspace, type WorkspaceEvents } from './workspace.js';

/** Opens the workbench of VS Code on one workspace of the server. */
export async function openWorkbench(container: HTMLElement, person: Me, list: WorkspaceList, name: string): Promise<void> {
  defineWorkers();
  placeInputMethods();
  if (isPhone()) (await import('./phone.js')).preparePhone();
  await createIndexedDBProviders();
  const workspace = createWorkspace(person, list, name);
  registerCustomProvider(SCHEME, workspace.fileSystem);
  registerServiceInitializePostParticipant(async (accessor) => {
    workspace.models.install(accessor);
    workspace.people.install(accessor);
    const search = accessor.get(ISearchService);
    const provider = new ServerSearch(workspace.api, workspace.fileList, workspace.uris);
    for (const type of [SearchProviderType.text, SearchProviderType.file]) search.registerSearchResultProvider(SCHEME, type, provider);
  });
  // The terminal is a large part of the workbench: only people who may use it load it.
  const hasTerminals = mayUseTerminals(workspace);
  const terminal = hasTerminals ? (await import('@codingame/monaco-vscode-terminal-service-override')).default() : {};
  await initialize({ ...services(), ...terminal }, container, options(workspace), { userHome: URI.from({ scheme: SCHEME, path: '/' }) });
  const extension = registerExtension(
    {
      name: 'page',
      publisher: 'qide',
      version: '1.0.0',
      engines: { vscode: '*' },
      contributes: { ...CONTRIBUTIONS, ...(hasTerminals && { terminal: { profiles: [TERMINAL_PROFILE] } }) },
    },
    ExtensionHostKind.LocalProcess,
    { system: true },
  );
  await extension.setAsDefaultApi();
  let terminalsStarted: (commands: TerminalCommands) => void = () => {};
  await registerPeopleExtension(new Promise((resolve) => (terminalsStarted = resolve)));
  const { startFeatures } = await import('./features.js');
  await startFeatures(workspace, terminalsStarted);
}

function createWorkspace(person: Me, list: WorkspaceList, name: string): Workspace {
  const uris = new WorkspaceUris(name);
  const api = new FilesApi(name);
  const connection = new Connection({ url: () => socketAddress(name) });
  const fileList = new FileList(api);
  const events: WorkspaceEvents = { changed: () => {}, replaced: () => {}, moved: () => {}, pathOf: async () => null };
  const files: SharedFiles = new SharedFiles(
    providerSocket(connection),
    api,
    {
      changed: (file) => {
        models.changed(file);
        events.changed();
      },
      synced: (file) => people.opened(file),
      presence: (file) => people.changed(file),
      replaced: ({ path }, copy) => events.replaced(path, copy),
      pathOf: (doc, isWanted) => events.pathOf(doc, isWanted),
      moved: (from, to) => events.moved(from, to),
      undo: (file, direction) => void models.undo(file, direction),
      groupOf: (file) => models.groupOf(file),
      isHeld: (path) => models.isHeld(path),
    },
    person.name,
    new OfflineEditStore(person.id, name),
  );
  const models = new WorkbenchModels(files, uris, api);
  // A page in the background does not draw.
  const members = new MembersList(person, () => presenceIn(files), (update) => requestAnimationFrame(update));
  const people = new People(files, members, uris);
  const fileSystem = new WorkspaceFileSystem(api, fileList, uris, {
    textOf: (path) => models.textOf(path),
    write: (path, content) => models.write(path, content),
    moved: (from, to) => files.moved(from, to),
  });
  // The role in this workspace may be higher than that in the home organisation.
  const role = list.workspaces.find((one) => one.name === name)?.role ?? person.role;
  const access = new EditAccess(isEditor({ ...person, role }), models, fileSystem, files);
  return { name, person, access, list, uris, api, connection, fileList, fileSystem, files, models, members, people, events };
}

function presenceIn(files: SharedFiles): OpenPresence[] {
  return files.all().flatMap(({ path, shared }) =>
    shared === null ? [] : [{ path, ownClient: shared.doc.clientID, states: shared.awareness.getStates() as Map<number, PresenceState> }],
  );
}

function options({ name, uris }: Workspace) {
  return {
    enableWorkspaceTrust: false,
    windowIndicator: { label: `$(root-folder) ${name}`, tooltip: `Workspace ${name}: switch, create, delete`, command: 'qide.switchWorkspace' },
    workspaceProvider: {
      trusted: true,
      workspace: { folderUri: uris.root },
      open: async () => false,
    },
    productConfiguration: { nameShort: 'Q-IDE', nameLong: 'Q-IDE', applicationName: 'qide' } as never,
    configurationDefaults: defaults(),
  };
}

