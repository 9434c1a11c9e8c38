import './phone.css';
import { getService, IEditorService, IWorkbenchLayoutService } from '@codingame/monaco-vscode-api';
import { ListView } from '@codingame/monaco-vscode-api/vscode/vs/base/browser/ui/list/listView';
import { DEFAULT_EDITOR_MIN_DIMENSIONS } from '@codingame/monaco-vscode-api/vscode/vs/workbench/browser/parts/editor/editor';
import { Parts } from '@codingame/monaco-vscode-api/vscode/vs/workbench/services/layout/browser/layoutService';
import { ExplorerDelegate } from '@codingame/monaco-vscode-api/vscode/vs/workbench/contrib/files/browser/views/explorerViewer';
import * as vscode from 'vscode';
import { h } from 'qide-vscode/dom.js';
import { TerminalKeys } from './terminal-keys.js';

/** The height of a row that a finger can hit. */
const ROW_PIXELS = 44;
/** Lists in a widget that computes its own height from the usual height of its rows. */
const WIDGET_LISTS = '.suggest-widget, .actionList, .select-box-dropdown-list-container';

/** Buttons of the bar: name, icon of the workbench, command; no command shows the text. */
const BUTTONS = [
  ['Files', 'files', 'workbench.view.explorer'],
  ['Text', 'file-code', null],
  ['Search', 'search', 'workbench.view.search'],
  ['Problems', 'warning', 'workbench.actions.view.problems'],
  ['People', 'organization', 'workbench.view.extension.qide-people'],
  ['Terminal', 'terminal', 'qide.showTerminal'],
  ['Chat', 'comment-discussion', 'qide.openChat'],
  ['Commands', 'list-selection', 'workbench.action.showCommands'],
] as const;

/** Before the workbench starts: rows and editors of sizes that suit a phone. */
export function preparePhone(): void {
  document.body.classList.add('is-phone');
  (ExplorerDelegate as unknown as { ITEM_HEIGHT: number }).ITEM_HEIGHT = ROW_PIXELS;
  (DEFAULT_EDITOR_MIN_DIMENSIONS as { width: number }).width = 0;
  enlargeRows();
}

/** The parts of the workbench's lists, which trees are as well, that give rows their heights. */
interface Rows {
  readonly domNode: HTMLElement;
  virtualDelegate: { getHeight(element: unknown): number };
  splice(start: number, deleteCount: number, elements?: readonly unknown[]): unknown;
}

/** Gives the rows of every list at least {@link ROW_PIXELS}, when the list gets its first rows. */
function enlargeRows(): void {
  const lists = ListView.prototype as unknown as Rows;
  const { splice } = lists;
  const known = new WeakSet<Rows>();
  lists.splice = function (this: Rows, ...change: [number, number, (readonly unknown[])?]) {
    if (!known.has(this) && !this.domNode.closest(WIDGET_LISTS)) {
      const usual = this.virtualDelegate;
      this.virtualDelegate = Object.assign(Object.create(usual) as Rows['virtualDelegate'], { getHeight: (element: unknown) => Math.max(ROW_PIXELS, usual.getHeight(element)) });
    }
    known.add(this);
    return splice.apply(this, change);
  };
}

/**
 * Shows one thing at a time: the text, a side bar over the whole width, or a panel over the whole height.
 *
 * @param hasChat whether this person may talk with models
 * @param hasTerminals whether this person may use terminals
 * @returns the keys of terminals
 */
export async function startPhone(hasChat: boolean, hasTerminals: boolean): Promise<TerminalKeys> {
  const layout = await getService(IWorkbenchLayoutService);
  const editors = await getService(IEditorService);
  const showText = () => {
    layout.setPartHidden(true, Parts.SIDEBAR_PART);
    layout.setPartHidden(true, Parts.PANEL_PART);
  };
  const fill = () => {
    if (layout.isVisible(Parts.SIDEBAR_PART)) layout.setSize(Parts.SIDEBAR_PART, { width: innerWidth, height: layout.getSize(Parts.SIDEBAR_PART).height });
    if (layout.isVisible(Parts.PANEL_PART)) layout.setSize(Parts.PANEL_PART, { width: innerWidth, height: innerHeight });
  };
  const open = (command: string | null) => {
    if (command !== 'workbench.action.showCommands') showText();
    if (command !== null) void vscode.commands.executeCommand(command).then(fill);
  };
  const bar = h(
    'nav',
    { class: 'phone-bar', 'aria-label': 'Sections of the page' },
    ...BUTTONS.filter(([name]) => (hasChat || name !== 'Chat') && (hasTerminals || name !== 'Terminal')).map(([name, icon, command]) =>
      h('button', { type: 'button', onclick: () => open(command) }, h('span', { class: `codicon codicon-${icon}`, 'aria-hidden': 'true' }), h('span', {}, name)),
    ),
  );
  const keys = new TerminalKeys(() => {
    // The workbench listens to the window or, on iOS, to the visual viewport.
    for (const target of [window, visualViewport]) target?.dispatchEvent(new Event('resize'));
  });
  document.body.append(bar);
  layout.onDidChangePartVisibility(({ partId, visible }) => {
    // A command of the palette opened the panel, such as a new terminal.
    if (visible && partId === Parts.PANEL_PART) layout.setPartHidden(true, Parts.SIDEBAR_PART);
    fill();
  });
  addEventListener('resize', fill);
  editors.onDidActiveEditorChange(() => editors.activeEditor && showText());
  // A tap on a file that is shown already changes no editor.
  vscode.window.onDidChangeTextEditorSelection(({ kind }) => kind !== undefined && showText());
  document.addEventListener('click', (event) => (event.target as Element).closest?.('.explorer-folders-view .monaco-list-row[aria-expanded=""], .explorer-folders-view .monaco-list-row:not([aria-expanded])') && editors.activeEditor && setTimeout(showText, 300));
  if (editors.activeEditor) showText();
  else open('workbench.view.explorer');
  return keys;
}
