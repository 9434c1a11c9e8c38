// The peer: one WebSocket, one language server process, joined by vscode-ws-jsonrpc as its authors show it.
import { createServer } from 'node:http';
import { createConnection, createServerProcess, forward } from 'vscode-ws-jsonrpc/server';
import { WebSocketMessageReader, WebSocketMessageWriter } from 'vscode-ws-jsonrpc';
import { WebSocketServer } from 'ws';

const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 64 << 20 });
sockets.on('connection', (webSocket, request) => {
  const program = new URL(request.url, 'http://localhost').searchParams.get('program');
  const socket = {
    send: (content) => webSocket.send(content),
    onMessage: (callback) => webSocket.on('message', (data) => callback(data.toString())),
    onError: (callback) => webSocket.on('error', callback),
    onClose: (callback) => webSocket.on('close', callback),
    dispose: () => webSocket.close(),
  };
  const client = createConnection(
    new WebSocketMessageReader(socket),
    new WebSocketMessageWriter(socket),
    () => webSocket.close(),
  );
  const server = createServerProcess('language server', process.execPath, [program, '--stdio']);
  forward(client, server);
});
http.listen(0, '127.0.0.1', () => console.log(`bridge listening ${http.address().port}`));
