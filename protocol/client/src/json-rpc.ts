// JSON-RPC 2.0 messages, one per text frame.

/** The id that connects a response with its request. */
export type MessageId = number | string;

/** A request, or a notification if it has no id. */
export interface RequestOrNotification {
  jsonrpc: '2.0';
  method: string;
  params?: unknown;
  /** Absent in a notification. */
  id?: MessageId | undefined;
}

/** The error of a failed request. */
export interface ResponseError {
  /** One of `FAILURES`, or a code of JSON-RPC or LSP. */
  code: number;
  message: string;
  /** `{name, tags}` if the server itself failed the request. */
  data?: unknown;
}

/** The response to a request: either `result` or `error`. */
export interface Response {
  jsonrpc: '2.0';
  /** Null if the request's id could not be read. */
  id: MessageId | null;
  result?: unknown;
  error?: ResponseError | undefined;
}

/** Any JSON-RPC 2.0 message. */
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
