import type { Me, TemplateListTemplate, WorkspaceList, WorkspaceListWorkspace } from '@qide/client';
import { addressOf, ApiError, deleteWorkspace, makeWorkspace, templates, trust } from './api.js';
import { ask, tell } from './dialog.js';
import { h } from './dom.js';
import { openMenu, type MenuItem } from './menu.js';
import { isOwner, mayTrust, workspaceRefusal } from './refusals.js';

/** What a new workspace is of, beside the templates: nothing, or a zip file of this computer. */
const EMPTY = ' empty';
const ZIP = ' zip';

/** The workspaces that a person may open, and what an owner does with them. */
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

  get mayMake(): boolean {
    return isOwner(this.person);
  }

  /** Opens the menu of workspaces below a button; `said` takes a sentence for the person. */
  openMenu(shown: string, button: HTMLElement, said: (sentence: string, isProblem: boolean) => void): void {
    const present = this.list.workspaces.find(({ name }) => name === shown);
    const others: MenuItem[] = this.list.workspaces.map(({ name }) => ({ label: name, isOn: name === shown, run: () => name === shown || go(name) }));
    const items = [...others];
    if (this.mayMake) items.push({ label: 'New workspace …', isApart: true, run: () => void this.make() });
    // Where the sandbox holds, trust changes nothing.
    if (present && mayTrust(this.person) && !this.list.sandboxed) items.push(this.trustItem(present, said));
    if (present?.managed && this.mayMake) items.push({ label: `Delete ${shown} …`, isDanger: true, run: () => this.remove(shown) });
    openMenu('Workspaces', items, button);
  }

  /** Asks for a name and what the workspace begins with, and opens it. */
  async make(): Promise<void> {
    const known = await templates().then(
      (answer) => answer.templates,
      () => [] as readonly TemplateListTemplate[],
    );
    const file = h('input', { type: 'file', accept: '.zip,application/zip', 'aria-label': 'Zip file', hidden: true });
    const about = h('p', { class: 'hint' });
    const begin = h(
      'select',
      { id: 'begin-with', name: 'begin', onchange: () => look() },
      h('option', { value: EMPTY }, 'Nothing'),
      ...known.map(({ name }) => h('option', { value: name }, `Template: ${name}`)),
      h('option', { value: ZIP }, 'A zip file of this computer'),
    );
    const look = () => {
      file.hidden = begin.value !== ZIP;
      about.textContent = known.find(({ name }) => name === begin.value)?.about ?? '';
    };
    look();
    let asked = '';
    await ask(
      {
        title: 'New workspace',
        field: { label: 'Name', value: '' },
        below: [h('label', { for: 'begin-with' }, 'Begin with'), begin, about, file],
        confirm: 'Make the workspace',
      },
      async (name) => {
        asked = name;
        const { skipped } = await makeWorkspace(name, content(begin.value, file));
        if (skipped.length > 0) await tell('Left out, as the ignore list says', skipped);
        go(name);
      },
      (error) => workspaceRefusal(error, asked),
    );
  }

  private remove(name: string): void {
    void ask(
      {
        title: `Delete the workspace ${name}?`,
        body: [`All files of ${name} will be deleted, for everybody. This cannot be undone. The database keeps what was written in them.`],
        field: { label: `Type its name, ${name}, to go on`, exactly: name },
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

  private trustItem({ name, trusted, trustedAtStart }: WorkspaceListWorkspace, said: (sentence: string, isProblem: boolean) => void): MenuItem {
    const label = 'Trust this workspace';
    if (trustedAtStart) return { label, isOn: true, run: () => said(`${name} is trusted by the server’s command line: it can be taken back only there.`, false) };
    const change = async (isTrusted: boolean) => {
      await trust(name, isTrusted);
      location.reload();
    };
    const refused = (error: ApiError) => workspaceRefusal(error, name);
    if (trusted) {
      const run = () => void change(false).catch((error: unknown) => said(error instanceof ApiError ? refused(error) : String(error), true));
      return { label, isOn: true, run };
    }
    const question = {
      title: `Trust ${name}?`,
      body: [
        'The sandbox of language servers does not hold on this machine. In a workspace that you trust they start all the same, and may run the project’s own code with the rights of the server.',
        'Trust only code that you would run yourself.',
      ],
      confirm: 'Trust it',
      isDanger: true,
    };
    return { label, isOn: false, run: () => void ask(question, () => change(true), refused) };
  }
}

/** What is sent of what was picked. */
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
