const STAND_INS: ReadonlyMap<string, string> = new Map([
  ['vscode', new URL('./index.js', import.meta.url).href],
  ['vscode-languageclient/node', new URL('./language-client.js', import.meta.url).href],
]);

/** A hook of Node's module loader. */
export async function resolve(specifier: string, context: unknown, next: (specifier: string, context: unknown) => Promise<unknown>): Promise<unknown> {
  const url = STAND_INS.get(specifier);
  return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
}
