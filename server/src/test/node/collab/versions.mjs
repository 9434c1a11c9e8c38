// The client libraries by their major version; the latest one if none is given.
import * as hocuspocus2 from '@hocuspocus/provider-2';
import * as hocuspocus3 from '@hocuspocus/provider-3';
import * as hocuspocus4 from '@hocuspocus/provider';
import * as yWebsocket1 from 'y-websocket-1';
import * as yWebsocket2 from 'y-websocket';
import * as yWebsocket3 from 'y-websocket-3';

const HOCUSPOCUS = { 2: hocuspocus2, 3: hocuspocus3, 4: hocuspocus4 };
const Y_WEBSOCKET = { 1: yWebsocket1, 2: yWebsocket2, 3: yWebsocket3 };

export const hocuspocus = (version = '4') => HOCUSPOCUS[version];
export const yWebsocket = (version = '2') => Y_WEBSOCKET[version];
