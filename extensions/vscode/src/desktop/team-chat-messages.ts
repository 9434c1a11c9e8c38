import type { ShownConversation } from '../host.js';
import type { Draft } from '../team-chat/conversation.js';
import type { TeamChatReader } from '../team-chat/panel.js';

/** What the extension tells the script of the team chat's webview: all that it shows. */
export interface ViewState extends Pick<ShownConversation, 'messages' | 'drafts' | 'hasEarlier' | 'problem'>, Pick<TeamChatReader, 'personId' | 'isEditor'> {
  readonly members: TeamChatReader['members']['members'];
}

/** What the script tells the extension. */
export type ViewMessage =
  | { readonly action: 'ready' }
  | { readonly action: 'send'; readonly text: string }
  | { readonly action: 'sendAgain' | 'discard'; readonly draft: Draft }
  | { readonly action: 'readEarlier' }
  | { readonly action: 'show'; readonly isShown: boolean };
