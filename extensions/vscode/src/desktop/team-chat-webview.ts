// The script of the team chat's webview: the panel of the browser IDE, on a conversation that the extension keeps.

import '../members/colours.css';
import '../team-chat/team-chat.css';
import type { ShownConversation } from '../host.js';
import { TeamChatPanel } from '../team-chat/panel.js';
import type { ViewMessage, ViewState } from './team-chat-messages.js';

declare function acquireVsCodeApi(): { postMessage(message: ViewMessage): void };

const extension = acquireVsCodeApi();
let state: ViewState | null = null;
let panel: TeamChatPanel | null = null;
/** Pending requests for earlier messages. */
const readings: (() => void)[] = [];

const conversation: ShownConversation = {
  get messages() {
    return state?.messages ?? [];
  },
  get drafts() {
    return state?.drafts ?? [];
  },
  get hasEarlier() {
    return state?.hasEarlier ?? false;
  },
  get problem() {
    return state?.problem ?? null;
  },
  send: async (text) => extension.postMessage({ action: 'send', text }),
  sendAgain: async (draft) => extension.postMessage({ action: 'sendAgain', draft }),
  discard: (draft) => extension.postMessage({ action: 'discard', draft }),
  readEarlier: () => {
    extension.postMessage({ action: 'readEarlier' });
    return new Promise((resolve) => readings.push(resolve));
  },
  show: (isShown) => extension.postMessage({ action: 'show', isShown }),
};

addEventListener('message', ({ data }: MessageEvent<ViewState | { readonly hasReadEarlier: true }>) => {
  if ('hasReadEarlier' in data) {
    readings.shift()?.();
    return;
  }
  state = data;
  const { personId } = data;
  panel ??= new TeamChatPanel(document.body, conversation, {
    personId,
    get isEditor() {
      return state?.isEditor ?? false;
    },
    members: {
      get members() {
        return state?.members ?? [];
      },
    },
  });
  panel.update();
});
addEventListener('focus', () => panel?.focus());
extension.postMessage({ action: 'ready' });
