import type { ToolUse } from '@qide/client';

/** What a model does with a tool, for people: `Read src/shapes.py, lines 3 to 9`. */
export function toolSentence({ name, arguments: json }: Pick<ToolUse, 'name' | 'arguments'>): string {
  const of = argumentsOf(json);
  switch (name) {
    case 'read_file':
      return `Read ${of('path')}${lines(of('firstLine'), of('lastLine'))}`;
    case 'list_files':
      return `List the files of ${of('folder') || 'the workspace'}`;
    case 'search_text':
      return `Search for “${of('query')}”`;
    case 'symbols':
      return `List the symbols of ${of('path')}`;
    case 'references':
      return `Find the uses of ${of('symbol')}`;
    case 'diagnostics':
      return `Check the problems in ${of('path')}`;
    case 'propose_edit':
      return `Propose a change to ${of('path')}`;
    default:
      return name;
  }
}

function lines(first: string, last: string): string {
  if (first === '' && last === '') return '';
  return last === '' ? `, from line ${first}` : `, lines ${first || '1'} to ${last}`;
}

/** The arguments as words; long ones and those of cut JSON are read as far as possible. */
function argumentsOf(json: string): (name: string) => string {
  let object: Record<string, unknown> | null = null;
  try {
    object = JSON.parse(json) as Record<string, unknown>;
  } catch {
    // The server cuts long arguments.
  }
  return (name) => {
    const value = object === null ? new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`).exec(json)?.[1] : object[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
}
