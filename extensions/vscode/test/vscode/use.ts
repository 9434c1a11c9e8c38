// `node --import` of this module lets the extension import the stand-ins in place of `vscode` and of the language client.

import { register } from 'node:module';

register('./resolve.js', import.meta.url);
