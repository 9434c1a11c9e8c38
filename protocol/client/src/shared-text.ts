import type * as Y from 'yjs';

/** The name of a root type in its document. */
export function rootOf(text: Y.Text): string {
  for (const [name, type] of text.doc!.share) if ((type as unknown) === text) return name;
  throw new Error('the shared text is not a root of its document');
}

/** Makes each line end of a shared text a line feed, by an edit. Editors that show the text have line feeds only. */
export function removeReturns(shared: Y.Text): void {
  shared.doc!.transact(() => {
    const text = shared.toString();
    for (let at = text.lastIndexOf('\r'); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('\r', at - 1)) {
      shared.delete(at, 1);
      if (text[at + 1] !== '\n') shared.insert(at, '\n');
    }
  }, 'line-ends');
}
