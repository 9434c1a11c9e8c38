import { FAILURES, type FailureName } from '@qide/client';

/** Why a question was not answered, for people. */
export interface ChatFailure {
  readonly sentence: string;
  /** Whether asking again may help. */
  readonly mayRetry: boolean;
  /** Whether the person needs to know how models are configured. */
  readonly isAboutModels: boolean;
}

const NAMES = new Map<number, FailureName>(Object.entries(FAILURES).map(([name, code]) => [code, name as FailureName]));

/** The stable name of a failed request; null if it is none of the server's. */
export function failureName(error: unknown): FailureName | null {
  return NAMES.get((error as { code?: unknown } | null)?.code as number) ?? null;
}

/** Whether a request was refused since the model, or the server, already answers as many as it may at once. */
export function isBusy(error: unknown): boolean {
  return failureName(error) === 'server-cancelled' && tagOf((error as { data?: Record<string, unknown> }).data, 'limit') !== '';
}

/** The sentence for a failed request of the chat. */
export function chatFailure(error: unknown): ChatFailure {
  const { data, message } = (error ?? {}) as { data?: Record<string, unknown>; message?: string };
  const tag = (name: string) => tagOf(data, name);
  switch (failureName(error)) {
    case 'model-not-configured':
      return permanent('No model is configured for chat.', true);
    case 'model-unavailable':
      if (tag('kind') === 'context-too-large') return permanent('The conversation, with what is attached, is too long for this model. Attach less, or start a new conversation.');
      return retry(`${modelReason(tag('reason'), tag('status'))} What was generated is kept.`);
    case 'budget-exhausted':
      return permanent('The budget for models is used up. Wait for its next period, or ask the owner to raise it.');
    case 'file-ignored':
      return permanent('An attached file was not sent: it holds secrets or matches an ignore file. Remove it and send again.');
    case 'forbidden':
      return permanent('Your access does not include models. Ask the owner for a token with the scope “ai”.');
    case 'message-too-large':
      return permanent('The question, its attachments or the conversation are too long. Attach less, or start a new conversation.');
    case 'too-many-requests':
      return retry('Too many of your answers are being generated. Wait for one, then ask again.');
    case 'conversation-unknown':
      return permanent('This conversation was deleted. Start a new one.');
    case 'store-unavailable':
      return retry('The server’s database does not answer. Ask again in a moment.');
    case 'server-stopping':
      return retry('The server was stopped. Ask again when the connection is back.');
    case 'server-cancelled':
      return retry(isBusy(error) ? 'The model is answering others. Ask again in a moment.' : 'There is no connection to the server. Ask again when it is back.');
    default:
      return retry(message ?? 'The question failed. Ask again.');
  }
}

/** The sentence for a model's failure outside a chat. */
export function modelFailure(error: unknown): string {
  const { data, message } = (error ?? {}) as { data?: Record<string, unknown>; message?: string };
  switch (failureName(error)) {
    case 'model-unavailable':
      return modelReason(tagOf(data, 'reason'), tagOf(data, 'status'));
    case 'budget-exhausted':
    case 'store-unavailable':
      return chatFailure(error).sentence;
    default:
      return message ?? 'The model failed.';
  }
}

/** The sentence for a change that could not be proposed or decided. */
export function changeFailure(error: unknown): string {
  switch (failureName(error)) {
    case 'change-set-unknown':
      return 'This change has ended: its file was deleted, or nobody decided for half an hour. Ask the model again.';
    case 'too-many-change-sets':
      return 'Too many proposed changes await your decision. Accept or reject one, then try again.';
    case 'invalid-params':
      return 'The file already has this code.';
    case 'forbidden':
      return 'Your access does not include editing. Ask the owner for the role of editor.';
    default:
      return chatFailure(error).sentence;
  }
}

function retry(sentence: string): ChatFailure {
  return { sentence, mayRetry: true, isAboutModels: false };
}

function permanent(sentence: string, isAboutModels = false): ChatFailure {
  return { sentence, mayRetry: false, isAboutModels };
}

/** Tags are members of the error's data, or below `tags`. */
function tagOf(data: Record<string, unknown> | undefined, name: string): string {
  const value = data?.[name] ?? (data?.['tags'] as Record<string, unknown> | undefined)?.[name];
  return value === undefined ? '' : String(value);
}

function modelReason(reason: string, status: string): string {
  switch (reason) {
    case 'unreachable':
      return 'The model’s server cannot be reached.';
    case 'timeout':
      return 'The model did not answer in time.';
    case 'loading':
      return 'The model is still being loaded. Ask again in a minute.';
    case 'interrupted':
      return 'The model’s answer ended before it was complete.';
    case 'status':
      return status === '429' ? 'The model’s provider is receiving too many requests.' : `The model’s provider refused the request (status ${status}).`;
    case 'destination-refused':
      return 'The server may not connect to this model’s address. Its owner can mark the model as local.';
    default:
      return 'The model did not answer.';
  }
}
