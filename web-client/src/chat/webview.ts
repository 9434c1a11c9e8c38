// The script of the webview with which the extension for VS Code shows the chat with models, on the extension's connection.

import type { ChangeSetInfo, ChatDeltaParams } from '@qide/client';
import { ChangeSets } from 'qide-vscode/chat/change-sets.js';
import type { ChatHost, ChatTransport } from 'qide-vscode/chat/chat-host.js';
import type { EditorCalls, FromChatView, ToChatView } from 'qide-vscode/desktop/chat-messages.js';
import { ChatView } from './view/chat-view.js';

declare function acquireVsCodeApi(): { postMessage(message: FromChatView): void; getState(): Memory | undefined; setState(state: Memory): void };

type Memory = Readonly<Record<string, string>>;

interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

const extension = acquireVsCodeApi();
const pending = new Map<number, Pending>();
let nextId = 1;
let isReady = false;
let mayEdit = false;

function send(message: (id: number) => FromChatView, signal?: AbortSignal): Promise<unknown> {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    signal?.addEventListener('abort', () => extension.postMessage({ action: 'cancel', id }), { once: true });
    extension.postMessage(message(id));
  });
}

const transport: ChatTransport = {
  get isReady() {
    return isReady;
  },
  request: (method, params, signal) => send((id) => ({ action: 'request', id, method, params }), signal),
};

function call<N extends keyof EditorCalls>(name: N, ...parameters: Parameters<EditorCalls[N]>): ReturnType<EditorCalls[N]> {
  return send((id) => ({ action: 'call', id, name, parameters })) as ReturnType<EditorCalls[N]>;
}

function start(): ChatView {
  const host: ChatHost = {
    transport,
    changeSets,
    get mayEdit() {
      return mayEdit;
    },
    showChange: (changeSet) => call('showChange', changeSet),
    usage: () => call('usage'),
    copy: (text) => call('copy', text),
    insert: (text) => call('insert', text),
    apply: (code) => call('apply', code),
    openFile: (path, line) => call('openFile', path, line),
    chooseFiles: () => call('chooseFiles'),
    offers: () => call('offers'),
    read: (offer) => call('read', offer),
    // The colours of the editor's theme are not known to a webview.
    colour: async () => null,
    memory: {
      get: (key) => extension.getState()?.[key] ?? null,
      set: (key, value) => {
        const { [key]: _, ...others } = extension.getState() ?? {};
        extension.setState(value === null ? others : { ...others, [key]: value });
      },
    },
  };
  const view = new ChatView(host);
  document.body.classList.add('qide-chat-body');
  document.body.append(view.element);
  new ResizeObserver(() => view.layout()).observe(document.body);
  return view;
}

const changeSets = new ChangeSets(transport);
let view: ChatView | null = null;

function connected(): void {
  isReady = true;
  void view?.connected();
  void changeSets.connected();
}

addEventListener('message', ({ data }: MessageEvent<ToChatView>) => {
  switch (data.event) {
    case 'start':
      mayEdit = data.mayEdit;
      view ??= start();
      return data.isReady ? connected() : undefined;
    case 'access':
      mayEdit = data.mayEdit;
      view?.accessChanged();
      return isReady && mayEdit ? void changeSets.connected() : undefined;
    case 'connected':
      return connected();
    case 'disconnected':
      isReady = false;
      return view?.disconnected();
    case 'editorChanged':
      return view?.editorChanged();
    case 'focus':
      return view?.focus();
    case 'notification':
      if (data.method === 'qide/changeSet') changeSets.received(data.params as ChangeSetInfo);
      else view?.received(data.params as ChatDeltaParams);
      return;
    case 'result':
      pending.get(data.id)?.resolve(data.result);
      return void pending.delete(data.id);
    case 'failure':
      pending.get(data.id)?.reject(Object.assign(new Error(data.message), { code: data.code, data: data.data }));
      return void pending.delete(data.id);
  }
});
extension.postMessage({ action: 'ready' });
