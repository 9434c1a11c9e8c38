import type { ModelKeyListEntry } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { deleteModelKey, modelKeys, setModelKey } from './account-api.js';
import { attempt, problemText, section, sentenceOf } from './page.js';

const HINT = 'Your key for a model is used for your questions and ghost text, instead of the server’s. It is stored encrypted and never shown again.';

/** The person's keys of model providers. */
export function modelKeySection(): HTMLElement {
  const list = h('ul', { class: 'rows', id: 'model-keys' });
  const problem = problemText();
  const again = async () => {
    try {
      const { keys } = await modelKeys();
      list.replaceChildren(...(keys.length === 0 ? [h('li', { class: 'hint' }, 'No models are configured.')] : keys.map((one) => row(one, again, problem))));
    } catch (error) {
      problem.textContent = sentenceOf(error);
    }
  };
  void again();
  return section('Keys of model providers', h('p', { class: 'hint' }, HINT), list, problem);
}

function row({ model, provider, isSet }: ModelKeyListEntry, again: () => Promise<void>, problem: HTMLElement): HTMLElement {
  const key = h('input', { type: 'password', 'aria-label': `Key for ${model}`, placeholder: isSet ? 'Another key' : 'Key', required: true, autocomplete: 'off', spellcheck: 'false' });
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(problem, async () => {
      await setModelKey(model, key.value.trim());
      await again();
    });
  };
  const remove = () =>
    void attempt(problem, async () => {
      await deleteModelKey(model);
      await again();
    });
  return h(
    'li',
    {},
    h('div', {}, h('strong', {}, model), isSet ? h('span', { class: 'badge' }, 'your key') : null, h('p', { class: 'hint' }, provider)),
    h('form', { class: 'actions', onsubmit: submit }, key, h('button', { type: 'submit', 'aria-label': `Save the key for ${model}` }, 'Save')),
    isSet ? h('button', { type: 'button', 'aria-label': `Delete the key for ${model}`, onclick: remove }, 'Delete') : null,
  );
}
