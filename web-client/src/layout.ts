import { h, icon, iconButton } from './dom.js';
import type { FileState, OpenFile } from './open-file.js';
import { PHONE_PIXELS } from './monaco.js';
import type { SaveReport } from './save-indicator.js';

export interface LayoutActions {
  undo(): void;
  redo(): void;
  newFile(): void;
  fileMenu(button: HTMLElement): void;
  findInFiles(): void;
  workspaceMenu(button: HTMLElement): void;
  show(file: OpenFile): void;
  close(file: OpenFile): void;
  command(id: string): void;
  recreate(file: OpenFile): void;
  keepCopy(file: OpenFile): void;
  dropCopy(file: OpenFile): void;
}

/** The one command in the menu that is not the editor's. */
const FIND_IN_FILES = 'find-in-files';

/** Editor commands in the menu, by Monaco's ids. */
const COMMANDS: readonly [id: string, label: string, key: string][] = [
  ['editor.action.revealDefinition', 'Go to definition', 'F12'],
  ['editor.action.goToReferences', 'Find references', 'Shift+F12'],
  ['editor.action.showHover', 'Show information', 'Ctrl+K Ctrl+I'],
  ['editor.action.triggerSuggest', 'Complete', 'Ctrl+Space'],
  ['editor.action.inlineSuggest.trigger', 'Suggest with AI', 'Alt+\\'],
  ['editor.action.rename', 'Rename', 'F2'],
  ['editor.action.marker.next', 'Next problem', 'Alt+F8'],
  ['actions.find', 'Find', 'Ctrl+F'],
  [FIND_IN_FILES, 'Find in files', 'Ctrl+Shift+F'],
  ['editor.action.quickCommand', 'All commands', 'F1'],
];

/** Elements that other classes create and the layout contains. */
export interface LayoutParts {
  readonly tree: HTMLElement;
  readonly search: HTMLElement;
  readonly status: HTMLElement;
  readonly people: HTMLElement;
  readonly members: HTMLElement;
}

/** The layout of the page: header with tabs and tools, drawer with files, main area with banner and editor. */
export class Layout {
  readonly editorHost = h('div', { class: 'editor', id: 'editor' });
  private readonly tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Open files' });
  private readonly notice = h('div', { class: 'banner notice', role: 'alert', 'data-testid': 'notice', hidden: true });
  private readonly banner = h('div', { class: 'banner', role: 'alert', hidden: true });
  private readonly empty = h(
    'div',
    { class: 'empty' },
    h('img', { src: 'icon.svg', alt: '', width: '56', height: '56' }),
    h('h2', {}, 'No file is open'),
    h('p', {}, 'Choose a file from the list. Everybody in this workspace edits the same text and sees the others’ cursors.'),
    h('button', { type: 'button', class: 'primary phone-only', onclick: () => this.toggleDrawer(true) }, 'Show the files'),
  );
  private readonly stage = h('section', { class: 'stage' }, this.notice, this.banner, this.editorHost, this.empty);
  private readonly workspace: HTMLButtonElement;
  private readonly tree: HTMLElement;
  private readonly search: HTMLElement;
  private readonly findButton: HTMLButtonElement;
  private readonly menu: HTMLElement;
  private readonly drawer: HTMLElement;
  private readonly undoButton: HTMLButtonElement;
  private readonly redoButton: HTMLButtonElement;
  private readonly page: HTMLElement;
  /** The state on screen. Every keystroke redraws, but a button must not be replaced while a finger is on it. */
  private drawnTabs = '';
  private drawnBanner = '';

  constructor(
    root: HTMLElement,
    private readonly actions: LayoutActions,
    { tree, search, status, people, members }: LayoutParts,
    private readonly readOnlySentence: string,
    isEditor: boolean,
  ) {
    this.workspace = h('button', { type: 'button', class: 'workspace', id: 'workspaces', 'aria-haspopup': 'menu', onclick: () => actions.workspaceMenu(this.workspace) });
    this.undoButton = iconButton('undo', 'Undo (Ctrl+Z)', () => actions.undo(), 'undo');
    this.redoButton = iconButton('redo', 'Redo (Ctrl+Shift+Z)', () => actions.redo(), 'redo');
    this.tree = tree;
    this.search = search;
    this.findButton = iconButton('search', 'Find in files (Ctrl+Shift+F)', () => actions.findInFiles(), 'find-in-files');
    const fileMenu = iconButton('more', 'More file actions', () => actions.fileMenu(fileMenu), 'file-menu');
    this.menu = this.makeMenu();
    this.drawer = h(
      'nav',
      { class: 'drawer', 'aria-label': 'Files', id: 'drawer' },
      h(
        'div',
        { class: 'drawer-head' },
        this.workspace,
        isEditor ? iconButton('plus', 'New file', () => actions.newFile(), 'new-file') : null,
        this.findButton,
        fileMenu,
      ),
      search,
      tree,
    );
    this.page = h(
      'div',
      { class: 'page' },
      h(
        'header',
        { class: 'bar' },
        iconButton('menu', 'Files', () => this.toggleDrawer(), 'menu'),
        this.tabs,
        h('div', { class: 'tools' }, people, this.undoButton, this.redoButton, this.makeMenuButton()),
      ),
      h(
        'main',
        { class: 'middle' },
        this.drawer,
        h('div', { class: 'shade', onclick: () => this.toggleDrawer(false) }),
        this.stage,
      ),
      status,
    );
    root.replaceChildren(this.page, this.menu, members);
    this.showTools(null);
  }

  showWorkspace(name: string): void {
    this.workspace.replaceChildren(h('span', { class: 'label' }, name), icon('chevron'));
    this.workspace.setAttribute('aria-label', `Workspace ${name}`);
    this.workspace.title = `Workspace ${name}`;
  }

  /** @param reportOf the state of a file's edits */
  showTabs(files: readonly OpenFile[], shown: OpenFile | null, reportOf: (file: OpenFile) => SaveReport): void {
    files.forEach((file) => this.showSaving(file, reportOf(file)));
    const drawn = JSON.stringify(files.map((file) => [file.path, file === shown]));
    if (drawn === this.drawnTabs) return;
    this.drawnTabs = drawn;
    const names = files.map((file) => file.name);
    this.tabs.replaceChildren(
      ...files.map((file) => {
        const isAmbiguous = names.filter((name) => name === file.name).length > 1;
        return this.makeTab(file, file === shown, isAmbiguous ? file.path : file.name);
      }),
    );
    files.forEach((file) => this.showSaving(file, reportOf(file)));
    this.tabs.querySelector('.tab.shown')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.editorHost.hidden = shown === null;
    this.empty.hidden = shown !== null;
  }

  showTools(file: OpenFile | null): void {
    const isEditable = file !== null && !file.state.isReadOnly;
    this.undoButton.disabled = !isEditable || !file.binding?.undoManager.canUndo();
    this.redoButton.disabled = !isEditable || !file.binding?.undoManager.canRedo();
  }

  /** Shows a notice that concerns every file; null hides it. */
  showNotice(sentence: string | null): void {
    this.notice.hidden = sentence === null;
    this.notice.replaceChildren(...(sentence === null ? [] : [h('p', {}, sentence)]));
  }

  showBanner(file: OpenFile | null): void {
    const { isGone, isReadOnly, conflictCopy, closedBy } = file?.state ?? {};
    const drawn = JSON.stringify([file?.path, isGone, isReadOnly, conflictCopy, closedBy]);
    if (drawn === this.drawnBanner) return;
    this.drawnBanner = drawn;
    const content = file ? this.bannerOf(file, file.state) : null;
    this.banner.hidden = content === null;
    this.banner.replaceChildren(...(content ?? []));
  }

  toggleDrawer(wanted?: boolean): void {
    const isPhone = matchMedia(`(max-width: ${PHONE_PIXELS}px)`).matches;
    const isThere = isPhone ? this.page.classList.contains('drawer-open') : !this.page.classList.contains('drawer-closed');
    const isOpen = wanted ?? !isThere;
    this.page.classList.toggle('drawer-open', isPhone && isOpen);
    this.stage.inert = isPhone && isOpen;
    if (!isPhone) this.page.classList.toggle('drawer-closed', !isOpen);
  }

  /** Shows the search or the files in the drawer; opens the drawer for the search. */
  showSearch(isSearch: boolean): void {
    this.search.hidden = !isSearch;
    this.tree.hidden = isSearch;
    this.findButton.setAttribute('aria-pressed', String(isSearch));
    if (isSearch) this.toggleDrawer(true);
  }

  get isSearchShown(): boolean {
    return !this.search.hidden;
  }

  /** On a phone the drawer covers the text, so it closes when a file is opened. */
  closeDrawerOnPhone(): void {
    this.page.classList.remove('drawer-open');
    this.stage.inert = false;
  }

  private bannerOf(file: OpenFile, state: FileState): Node[] | null {
    const button = (label: string, onclick: () => void) => h('button', { type: 'button', onclick }, label);
    if (state.conflictCopy !== null) {
      return [
        h('p', {}, `Another document has replaced ${file.name}. Your text was kept: you can save it as a separate file.`),
        button('Keep my text as a copy', () => this.actions.keepCopy(file)),
        button('Discard my text', () => this.actions.dropCopy(file)),
      ];
    }
    if (file.kind === 'external') {
      return [h('p', {}, `${file.name} belongs to a library or a tool, not to this workspace. It is shown read-only.`)];
    }
    if (file.kind === 'large') {
      return [h('p', {}, `${file.name} is larger than 5 MiB, so it is not shared. It is shown read-only, as it was when you opened it.`)];
    }
    if (state.isGone) {
      return [
        h('p', {}, `${file.name} was deleted or moved. Its text is now only on this page.`),
        button('Create the file again', () => this.actions.recreate(file)),
        button('Close it', () => this.actions.close(file)),
      ];
    }
    if (file.isSuspended) {
      return [h('p', {}, `The server cannot serve ${file.name} now. Continue typing: your edits are kept here and sent when it can.`)];
    }
    if (state.closedBy !== null) {
      return [h('p', {}, `The server has closed ${file.name} (${state.closedBy}). Your text is still here, but no longer shared: copy what you need, then close the file and open it again.`)];
    }
    if (state.isReadOnly) return [h('p', {}, this.readOnlySentence)];
    return null;
  }

  private makeTab(file: OpenFile, isShown: boolean, label: string): HTMLElement {
    const readOnly = file.isShared ? null : h('span', { class: 'tab-mark' }, 'read only');
    return h(
      'div',
      { class: `tab${isShown ? ' shown' : ''}`, 'data-path': file.path },
      h('button', { type: 'button', role: 'tab', class: 'tab-name', 'aria-selected': String(isShown), onclick: () => this.actions.show(file) }, label, readOnly),
      h('button', { type: 'button', class: 'tab-close', 'aria-label': `Close ${file.name}`, onclick: () => this.actions.close(file) }, '×'),
    );
  }

  private showSaving(file: OpenFile, { state, text }: SaveReport): void {
    const tab = [...this.tabs.children].find((one) => (one as HTMLElement).dataset['path'] === file.path) as HTMLElement | undefined;
    if (!tab) return;
    tab.dataset['state'] = state;
    tab.title = `${file.path}: ${text}`;
  }

  private makeMenuButton(): HTMLButtonElement {
    const button = iconButton('more', 'More', () => {}, 'more');
    button.setAttribute('popovertarget', 'commands');
    return button;
  }

  private makeMenu(): HTMLElement {
    const menu = h(
      'div',
      { class: 'commands', id: 'commands', popover: 'auto', role: 'menu' },
      ...COMMANDS.map(([id, label, key]) =>
        h(
          'button',
          {
            type: 'button',
            role: 'menuitem',
            onclick: () => {
              menu.hidePopover();
              if (id === FIND_IN_FILES) this.actions.findInFiles();
              else this.actions.command(id);
            },
          },
          h('span', {}, label),
          h('kbd', {}, key),
        ),
      ),
    );
    return menu;
  }
}
