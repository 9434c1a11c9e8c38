import * as vscode from 'vscode';
import type { Location, Position } from 'vscode-languageclient';

/** Makes VS Code's value of the JSON in a command's argument. */
type Conversion = (argument: never) => unknown;

const uri: Conversion = (text: string) => vscode.Uri.parse(text);
const position: Conversion = (place: Position) => positionOf(place);
const locations: Conversion = (places: readonly Location[]) => places.map(({ uri, range }) => new vscode.Location(vscode.Uri.parse(uri), new vscode.Range(positionOf(range.start), positionOf(range.end))));

/**
 * Commands of VS Code that language servers name, and their arguments that are not plain values. A server sends JSON, which VS Code
 * refuses, and expects its own extension for VS Code to convert it.
 */
const CONVERSIONS: Readonly<Record<string, readonly Conversion[]>> = {
  'editor.action.showReferences': [uri, position, locations],
  'editor.action.peekLocations': [uri, position, locations],
  'editor.action.goToLocations': [uri, position, locations],
  'vscode.open': [uri],
  'vscode.diff': [uri, uri],
};

/** Requests whose results may contain such commands. */
const METHODS = new Set(['textDocument/codeLens', 'codeLens/resolve', 'textDocument/codeAction', 'codeAction/resolve', 'textDocument/inlayHint', 'inlayHint/resolve']);

/** LSP's `Command`, or an item with a `command`; inlay hints have commands in the parts of their `label`. */
interface CommandOrItem {
  readonly command?: string | CommandOrItem;
  readonly arguments?: readonly unknown[];
  readonly label?: unknown;
}

/** The result of a request, in which the commands of VS Code have arguments of VS Code's types. */
export function withConvertedCommands<R>(method: string, result: R): R {
  return METHODS.has(method) ? (converted(result) as R) : result;
}

function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== 'object' || value === null) return value;
  const { command, label, ...rest } = value as CommandOrItem;
  if (typeof command === 'string') return { ...value, ...convertedArguments(command, rest.arguments) };
  return { ...value, ...(command && { command: converted(command) }), ...(Array.isArray(label) && { label: converted(label) }) };
}

function convertedArguments(command: string, given: readonly unknown[] | undefined): { arguments?: readonly unknown[] } {
  const conversions = CONVERSIONS[command];
  if (!conversions || !given) return {};
  return { arguments: given.map((argument, index) => conversions[index]?.(argument as never) ?? argument) };
}

function positionOf({ line, character }: Position): vscode.Position {
  return new vscode.Position(line, character);
}
