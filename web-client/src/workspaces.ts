import type { Me, TemplateListTemplate, WorkspaceList, WorkspaceListWorkspace } from '@qide/client';
import { addressOf, ApiError, deleteWorkspace, createWorkspace, templates, trust } from './api.js';
import { ask, showMessage } from './dialog.js';
import { h } from './dom.js';
import { openMenu, type MenuItem } from './menu.js';
import { isOwner, mayTrust, trustedByCommandLine, workspaceRefusal } from './refusals.js';

/** The contents of a new workspace other than a template: nothing, or a zip file of this computer. */
const EMPTY = ' empty';
const ZIP = ' zip';

/** The workspaces that a person may open, and the actions of an owner. */
export class Workspaces {
  constructor(
    private readonly person: Me,
    private readonly list: WorkspaceList,
  ) {}

  /** The workspace of this name, else the first; null when there is none. */
  chosen(name: string | null): WorkspaceListWorkspace | null {
    const { workspaces } = this.list;
    return workspaces.find((one) => one.name === name) ?? workspaces[0] ?? null;
  }

  get mayCreate(): boolean {
    return isOwner(this.person);
  }

  /** Opens the menu of workspaces below a button; `report` shows a sentence to the person. */
  openMenu(shown: string, button: HTMLElement, report: (sentence: string, isProblem: boolean) => void): void {
    const present = this.list.workspaces.find(({ name }) => name === shown);
    const others: MenuItem[] = this.list.workspaces.map(({ name }) => ({ label: name, isOn: name === shown, run: () => name === shown || go(name) }));
    const items = [...others];
    if (this.mayCreate) items.push({ label: 'New workspace …', hasSeparator: true, run: () => void this.create() });
    // Where the sandbox holds, trust has no effect.
    if (present && mayTrust(this.person) && !this.list.sandboxed) items.push(this.trustItem(present, report));
    if (present?.managed && this.mayCreate) items.push({ label: `Delete ${shown} …`, isDanger: true, run: () => this.remove(shown) });
    openMenu('Workspaces', items, button);
  }

  /** Asks for the name and the contents of a new workspace, creates it and opens it. */
  async create(): Promise<void> {
    const known = await templates().then(
      (answer) => answer.templates,
      () => [] as readonly TemplateListTemplate[],
    );
    const file = h('input', { type: 'file', accept: '.zip,application/zip', 'aria-label': 'Zip file', hidden: true });
    const about = h('p', { class: 'hint' });
    const begin = h(
      'select',
      { id: 'begin-with', name: 'begin', onchange: () => update() },
      h('option', { value: EMPTY }, 'Nothing'),
      ...known.map(({ name }) => h('option', { value: name }, `Template: ${name}`)),
      h('option', { value: ZIP }, 'A zip file of this computer'),
    );
    const update = () => {
      file.hidden = begin.value !== ZIP;
      about.textContent = known.find(({ name }) => name === begin.value)?.about ?? '';
    };
    update();
    let entered = '';
    await ask(
      {
        title: 'New workspace',
        field: { label: 'Name', value: '' },
        below: [h('label', { for: 'begin-with' }, 'Start with'), begin, about, file],
        confirm: 'Create workspace',
      },
      async (name) => {
        entered = name;
        const { skipped } = await createWorkspace(name, content(begin.value, file));
        if (skipped.length > 0) await showMessage('Left out because of the ignore list', skipped);
        go(name);
      },
      (error) => workspaceRefusal(error, entered),
    );
  }

  private remove(name: string): void {
    void ask(
      {
        title: `Delete the workspace ${name}?`,
        body: [`All files of ${name} will be deleted, for everybody. This cannot be undone. The database keeps the text of its documents.`],
        field: { label: `Type its name, ${name}, to continue`, exactly: name },
        confirm: 'Delete the workspace',
        isDanger: true,
      },
      async () => {
        await deleteWorkspace(name);
        location.assign(addressOf(''));
      },
      (error) => workspaceRefusal(error, name),
    );
  }

  private trustItem({ name, trusted, trustedAtStart }: WorkspaceListWorkspace, report: (sentence: string, isProblem: boolean) => void): MenuItem {
    const label = 'Trust this workspace';
    if (trustedAtStart) return { label, isOn: true, run: () => report(trustedByCommandLine(name), false) };
    const change = async (isTrusted: boolean) => {
      await trust(name, isTrusted);
      location.reload();
    };
    const refused = (error: ApiError) => workspaceRefusal(error, name);
    if (trusted) {
      const run = () => void change(false).catch((error: unknown) => report(error instanceof ApiError ? refused(error) : String(error), true));
      return { label, isOn: true, run };
    }
    const question = {
      title: `Trust ${name}?`,
      body: [
        'The sandbox of language servers does not hold on this machine. In a workspace that you trust they start anyway, and may run the project’s own code with the rights of the server.',
        'Trust only code that you would run yourself.',
      ],
      confirm: 'Trust it',
      isDanger: true,
    };
    return { label, isOn: false, run: () => void ask(question, () => change(true), refused) };
  }
}

/** The contents that the person chose, as the API expects them. */
function content(begin: string, file: HTMLInputElement): string | Blob | null {
  if (begin === EMPTY) return null;
  if (begin !== ZIP) return begin;
  const archive = file.files?.[0];
  if (!archive) throw new ApiError('archive-refused', 400, '', { reason: 'none' });
  return archive;
}

function go(name: string): void {
  location.assign(addressOf(`?workspace=${encodeURIComponent(name)}`));
}
