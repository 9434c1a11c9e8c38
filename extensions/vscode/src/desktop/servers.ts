import * as vscode from 'vscode';
import { SCHEME } from '../schemes.js';
import { ApiError, ServerApi } from '@qide/client';

/** Where the tokens of servers are, in the editor's secret storage: a key for each. */
const TOKEN_KEY = (name: string) => `qide.token.${name}`;
const ADDRESSES = 'qide.servers';

/**
 * The servers that a person has signed in to. A server's name is the authority of its files' addresses: `localhost:8080` in
 * `qide://localhost:8080/demo/main.py`.
 */
export class Servers {
  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The server of this name; asks the person to sign in when no token is known. Undefined if the user cancels. */
  async get(name: string): Promise<ServerApi<string> | undefined> {
    const token = await this.context.secrets.get(TOKEN_KEY(name));
    const address = this.addresses[name];
    if (token === undefined || address === undefined) return this.signIn(address ?? addressOfName(name));
    return new ServerApi(address, token);
  }

  /** Asks for a link or an address and a token, checks them, and keeps them. */
  async signIn(suggestion = this.last ?? 'http://localhost:8080/'): Promise<ServerApi<string> | undefined> {
    const given = await vscode.window.showInputBox({
      title: 'Sign in to Q-IDE',
      prompt: 'The server’s address, or the link that it printed or somebody sent you',
      value: suggestion,
      ignoreFocusOut: true,
      validateInput: (text) => (addressIn(text) === null ? 'This is not an address such as https://ide.example.org/' : null),
    });
    const found = given === undefined ? null : addressIn(given);
    if (found === null) return undefined;
    const token = found.token ?? (await askToken(found.address));
    if (!token) return undefined;
    const server = new ServerApi(found.address, token);
    try {
      await server.me();
    } catch (error) {
      const sentence = error instanceof ApiError && error.status === 401 ? 'The server does not accept this token. Create another one on its account page.' : String((error as Error).message);
      void vscode.window.showErrorMessage(sentence);
      return undefined;
    }
    await this.keep(server);
    return server;
  }

  /** The server does not accept the token any more. */
  async forget(server: ServerApi<string>): Promise<void> {
    // Another window may have signed in again.
    if ((await this.context.secrets.get(TOKEN_KEY(nameOf(server)))) !== server.token) return;
    await this.context.secrets.delete(TOKEN_KEY(nameOf(server)));
  }

  /** Asks which workspace of a server to open. */
  async choose(server: ServerApi<string>): Promise<vscode.Uri | undefined> {
    const { workspaces } = await server.workspaces();
    const names = workspaces.map(({ name }) => name);
    const name = names.length === 1 ? names[0] : await vscode.window.showQuickPick(names, { title: 'Open a Workspace', placeHolder: 'Workspace' });
    return name === undefined ? undefined : vscode.Uri.from({ scheme: SCHEME, authority: nameOf(server), path: `/${name}` });
  }

  private get addresses(): Readonly<Record<string, string>> {
    return this.context.globalState.get(ADDRESSES, {});
  }

  private get last(): string | undefined {
    return Object.values(this.addresses).at(-1);
  }

  private async keep(server: ServerApi<string>): Promise<void> {
    const { [nameOf(server)]: _, ...others } = this.addresses;
    await this.context.globalState.update(ADDRESSES, { ...others, [nameOf(server)]: server.address });
    await this.context.secrets.store(TOKEN_KEY(nameOf(server)), server.token);
  }
}

/** A server's name; includes the path prefix that a reverse proxy added. */
export function nameOf({ address }: ServerApi<string>): string {
  const { host, pathname } = new URL(address);
  const prefix = pathname.replace(/^\/|\/$/g, '');
  // Addresses of files keep no upper case and no slash in this place.
  return prefix === '' ? host : `${host}+${Buffer.from(prefix).toString('hex')}`;
}

function addressOfName(name: string): string {
  const [host, prefix] = name.split('+');
  return `https://${host}/${prefix === undefined ? '' : `${Buffer.from(prefix, 'hex').toString()}/`}`;
}

/** A token must not go over a network in clear text unless the person says so. */
function withScheme(address: string): string {
  if (/^[a-z]+:\/\//i.test(address)) return address;
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/i.test(address);
  return `${isHere ? 'http' : 'https'}://${address}`;
}

/** The address of a server and the token in a link to it; null for other texts. */
export function addressIn(text: string): { readonly address: string; readonly token: string | null } | null {
  const given = text.trim();
  const url = URL.parse(withScheme(given));
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === '') return null;
  const token = new URLSearchParams(url.hash.slice(1)).get('token');
  // A link to a file of a workspace, `…/w/demo/main.py`, or to the page.
  const folder = url.pathname.replace(/(^|\/)w\/.*$/, '$1').replace(/[^/]*$/, '');
  return { address: new URL(folder, url.origin).href, token: token || null };
}

function askToken(address: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: `Sign in to ${new URL(address).host}`,
    prompt: 'A token: create one on the account page of the server, or with ./qide token create',
    password: true,
    ignoreFocusOut: true,
  });
}
