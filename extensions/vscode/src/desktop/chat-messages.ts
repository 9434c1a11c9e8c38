// The messages between the script of the chat's webview and the extension.

import type { ChatHost } from '../chat/chat-host.js';

/** What the script lets the extension do in the editor. */
export type EditorCalls = Pick<ChatHost, 'showChange' | 'usage' | 'copy' | 'insert' | 'apply' | 'openFile' | 'chooseFiles' | 'offers' | 'read'>;

export type FromChatView =
  | { readonly action: 'ready' }
  /** A request of the protocol. */
  | { readonly action: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly action: 'cancel'; readonly id: number }
  | { readonly action: 'call'; readonly id: number; readonly name: keyof EditorCalls; readonly parameters: readonly unknown[] };

export type ToChatView =
  /** The answer to `ready`. */
  | { readonly event: 'start'; readonly isReady: boolean; readonly mayEdit: boolean }
  /** The person may edit more or less than before. */
  | { readonly event: 'access'; readonly mayEdit: boolean }
  | { readonly event: 'connected' | 'disconnected' | 'editorChanged' | 'focus' }
  | { readonly event: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly event: 'result'; readonly id: number; readonly result: unknown }
  /** `code` and `data` are those of a failed request of the protocol. */
  | { readonly event: 'failure'; readonly id: number; readonly message: string; readonly code?: number; readonly data?: unknown };
