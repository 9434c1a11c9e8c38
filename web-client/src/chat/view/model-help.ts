import { h } from 'qide-vscode/dom.js';
import { iconButton } from './buttons.js';
import { markdownNodes } from './markdown.js';

/** Shows the document about models, which the page has with it, over the view. */
export async function showModelHelp(view: HTMLElement): Promise<void> {
  const { default: text } = await import('../../../../docs/ai.md?raw');
  const code = (content: string) => h('pre', { tabindex: '0', role: 'group', 'aria-label': 'Example' }, h('code', {}, content));
  const dialog = h(
    'dialog',
    { class: 'chat-help', 'aria-label': 'How to configure models', onclose: () => dialog.remove() },
    iconButton('remove', 'Close', () => dialog.close()),
    h('div', { class: 'chat-markdown' }, ...markdownNodes(text, { code, openFile: null })),
  );
  view.append(dialog);
  dialog.showModal();
}
