import * as monaco from '@codingame/monaco-vscode-editor-api';
import { getService, ILanguageService } from '@codingame/monaco-vscode-api';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import type { ColouredText } from 'qide-vscode/chat/chat-host.js';

/**
 * Code by lines, in the colours of the editor's theme.
 *
 * @param language the id, a name or a file extension of a language
 * @returns null for an unknown language
 */
export async function colour(text: string, language: string): Promise<readonly (readonly ColouredText[])[] | null> {
  const id = await languageId(language);
  if (id === null) return null;
  // The editor escapes the text; the document below runs nothing and is only read.
  const html = await monaco.editor.colorize(text, id, {});
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  const lines: ColouredText[][] = [[]];
  for (const node of body.childNodes) {
    if (node.nodeName === 'BR') lines.push([]);
    else for (const piece of pieces(node)) lines.at(-1)!.push(piece);
  }
  if (lines.at(-1)!.length === 0) lines.pop();
  return lines;
}

function pieces(node: Node): ColouredText[] {
  if ([...node.childNodes].some(({ nodeType }) => nodeType === Node.ELEMENT_NODE)) return [...node.childNodes].flatMap(pieces);
  const text = (node.textContent ?? '').replaceAll('\u00a0', ' ');
  return text === '' ? [] : [{ text, className: node instanceof Element ? node.className : '' }];
}

async function languageId(name: string): Promise<string | null> {
  const wanted = name.toLowerCase();
  if (wanted === '') return null;
  const languages = await getService(ILanguageService);
  if (languages.isRegisteredLanguageId(wanted)) return wanted;
  return languages.getLanguageIdByLanguageName(name) ?? languages.guessLanguageIdByFilepathOrFirstLine(URI.file(`/code.${wanted.replace(/\W/g, '')}`));
}
