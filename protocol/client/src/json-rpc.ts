// JSON-RPC 2.0 messages, one per text frame.

export type MessageId = number | string;

export interface RequestOrNotification {
  jsonrpc: '2.0';
  method: string;
  params?: unknown;
  /** Absent in a notification. */
  id?: MessageId | undefined;
}

export interface ResponseError {
  code: number;
  message: string;
  data?: unknown;
}

export interface Response {
  jsonrpc: '2.0';
  id: MessageId | null;
  result?: unknown;
  error?: ResponseError | undefined;
}

export type RpcMessage = RequestOrNotification | Response;

export function isRequest(message: RpcMessage): message is RequestOrNotification & { id: MessageId } {
  return 'method' in message && message.method !== undefined && message.id !== undefined;
}

export function isNotification(message: RpcMessage): message is RequestOrNotification {
  return 'method' in message && message.method !== undefined && message.id === undefined;
}

export function isResponse(message: RpcMessage): message is Response {
  return !('method' in message) || message.method === undefined;
}
