export * from './connection.js';
export * from './durable-transport.js';
export * from './json-rpc.js';
export * from './shared-document.js';
export * from './wire.js';
export type { HocuspocusProviderWebsocket } from '@hocuspocus/provider';
export { BinarySide, StandIn } from './binary-side.js';
