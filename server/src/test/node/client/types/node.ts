// Node before 22 has no WebSocket of its own: the class of the package `ws` fits.
import { ServerApi } from '@qide/client';
import WebSocket from 'ws';

new ServerApi('https://ide.example.org/', 'token').open('demo', { WebSocket }).close();
