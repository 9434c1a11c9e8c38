export * from './connection.js';
export * from './durable-transport.js';
export * from './json-rpc.js';
export * from './shared-document.js';
export * from './wire.js';
export type { HocuspocusProviderWebsocket } from '@hocuspocus/provider';
export { BinaryChannel, VirtualWebSocket } from './binary-channel.js';
export { isHighSurrogate, isLowSurrogate, smallestEdit, type TextEdit } from './text-edit.js';
