import './changes.css';
import type { ChangeSetDecisionAction, ChangeSetInfo } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { partsIn, stateSentence } from 'qide-vscode/chat/change-sets.js';
import type { ChatHost } from 'qide-vscode/chat/chat-host.js';
import { iconButton } from './buttons.js';
import { chatIcon } from './icons.js';
import { keyed, redraw } from './redraw.js';

/** The changes that models propose to this person, above the field for the question. */
export class ChangeList {
  readonly element = h('ul', { class: 'chat-changes', 'aria-label': 'Proposed changes' });

  constructor(
    private readonly host: ChatHost,
    private readonly failed: (sentence: string) => void,
  ) {
    host.changeSets.onChange(() => this.show());
    this.show();
  }

  private show(): void {
    const shown = this.host.changeSets.all.filter((info) => partsIn(info, 'proposed').length + partsIn(info, 'accepted').length > 0);
    redraw(this.element, ...shown.map((info) => this.row(info)));
    this.element.hidden = shown.length === 0;
  }

  private row(info: ChangeSetInfo): HTMLElement {
    const { changeSet, path, agent } = info;
    const isOpen = partsIn(info, 'proposed').length > 0;
    const name = path.split('/').at(-1)!;
    const button = (word: string, label: string, className: string, action: ChangeSetDecisionAction) =>
      keyed(`${action} ${changeSet}`, h('button', { type: 'button', class: `chat-button ${className}`, 'aria-label': label, title: label, onclick: () => void this.decide(changeSet, action) }, word));
    return h(
      'li',
      { class: 'chat-change' },
      keyed(`open ${changeSet}`, h('button', { type: 'button', class: 'chat-change-file', title: `${path}, proposed by ${agent}`, onclick: () => void this.open(changeSet) }, chatIcon('apply'), h('span', {}, name))),
      h('span', { class: 'chat-note', role: 'status' }, stateSentence(info)),
      ...(isOpen
        ? [button('Accept', `Accept the change of ${name}`, '', 'accept'), button('Reject', `Reject the change of ${name}`, 'is-secondary', 'reject')]
        : [button('Undo', `Undo the change of ${name}`, 'is-secondary', 'undo'), keyed(`hide ${changeSet}`, iconButton('remove', `Hide the change of ${name}`, () => this.host.changeSets.forget(changeSet)))]),
    );
  }

  private async open(changeSet: string): Promise<void> {
    const problem = await this.host.showChange(changeSet);
    if (problem !== null) this.failed(problem);
  }

  private async decide(changeSet: string, action: ChangeSetDecisionAction): Promise<void> {
    const problem = await this.host.changeSets.decide(changeSet, [], action);
    if (problem !== null) return this.failed(problem);
    this.element.querySelector('button')?.focus();
  }
}
