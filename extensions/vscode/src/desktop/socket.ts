import type { SocketLike } from '@qide/client';
import { WebSocket } from 'ws';

/** The largest frame that is taken, in bytes; the server's own bound is lower. */
const FRAME_BYTES = 64 << 20;

/** A class of WebSockets that carry a token: the global one of Node cannot send a header. */
export function socketWith(token: string): new (url: string) => SocketLike {
  return class extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { Authorization: `Bearer ${token}` }, maxPayload: FRAME_BYTES });
    }
  } as unknown as new (url: string) => SocketLike;
}
