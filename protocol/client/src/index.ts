export * from './connection.js';
export * from './durable-transport.js';
export * from './json-rpc.js';
export * from './shared-document.js';
export * from './wire.js';
export { BinarySide, StandIn } from './binary-side.js';
