/** LSP's `ExecuteCommandOptions`; other options have no `commands`. */
export interface CommandOptions {
  readonly commands?: readonly string[];
}

/** LSP's `Command`, or an item with a `command`; completion lists have `items`, and inlay hints commands in the parts of their `label`. */
interface CommandOrItem {
  readonly command?: string | CommandOrItem;
  readonly items?: unknown;
  readonly label?: unknown;
}

/** Requests whose results may contain commands of language servers. */
const METHODS = new Set(['textDocument/codeLens', 'codeLens/resolve', 'textDocument/codeAction', 'codeAction/resolve', 'textDocument/completion', 'completionItem/resolve', 'textDocument/inlayHint', 'inlayHint/resolve']);

/**
 * The commands that language servers have announced, under names of this extension. VS Code registers a command once: other extensions
 * for the same language servers, such as VS Code's own for TypeScript, register the servers' names, and the later of two
 * extensions would fail.
 */
export class AnnouncedCommands {
  private readonly announced = new Set<string>();

  /** @param prefix of the names in VS Code; an empty one leaves all names as they are */
  constructor(private readonly prefix: string) {}

  /** The options with the names in VS Code. */
  announce<T extends CommandOptions>(options: T): T {
    if (!options.commands) return options;
    for (const command of options.commands) this.announced.add(command);
    return { ...options, commands: options.commands.map((command) => this.prefix + command) };
  }

  /** The result of a request with the names in VS Code. */
  inResult<R>(method: string, result: R): R {
    return this.prefix !== '' && METHODS.has(method) ? (this.mapped(result, (command) => (this.announced.has(command) ? this.prefix + command : command)) as R) : result;
  }

  /** The parameters of a request with the names of the servers. */
  inParameters<P>(method: string, parameters: P): P {
    if (this.prefix === '' || (method !== 'workspace/executeCommand' && !method.endsWith('/resolve'))) return parameters;
    return this.mapped(parameters, (command) => (command.startsWith(this.prefix) ? command.slice(this.prefix.length) : command)) as P;
  }

  private mapped(value: unknown, name: (command: string) => string): unknown {
    if (Array.isArray(value)) return value.map((each) => this.mapped(each, name));
    if (typeof value !== 'object' || value === null) return value;
    const { command, items, label } = value as CommandOrItem;
    if (typeof command === 'string') return { ...value, command: name(command) };
    if (command === undefined && !Array.isArray(items) && !Array.isArray(label)) return value;
    return {
      ...value,
      ...(command && { command: this.mapped(command, name) }),
      ...(Array.isArray(items) && { items: this.mapped(items, name) }),
      ...(Array.isArray(label) && { label: this.mapped(label, name) }),
    };
  }
}
