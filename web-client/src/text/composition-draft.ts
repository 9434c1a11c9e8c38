import * as Y from 'yjs';

/**
 * A copy of a shared text that takes a person's edits while an input method composes, so that nobody else's edit
 * touches the model until the composition ends. The CRDT merges both then: no letter of either is lost.
 */
export class CompositionDraft {
  private readonly doc = new Y.Doc();
  readonly text: Y.Text;
  private readonly begun: Uint8Array;

  /** @param shared the document before the first edit of somebody else */
  constructor(
    private readonly shared: Y.Doc,
    root: string,
  ) {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(shared));
    this.begun = Y.encodeStateVector(this.doc);
    this.text = this.doc.getText(root);
  }

  /**
   * Puts the draft's edits into the shared document under an origin. Returns the edits of others that the model
   * lacks, as one delta after another.
   */
  merge(origin: object): Y.YTextEvent['delta'][] {
    const own = Y.encodeStateAsUpdate(this.doc, this.begun);
    if (this.doc.store.clients.has(this.doc.clientID)) Y.applyUpdate(this.shared, own, origin);
    const deltas: Y.YTextEvent['delta'][] = [];
    this.text.observe((event) => deltas.push(event.delta));
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(this.shared, Y.encodeStateVector(this.doc)));
    this.doc.destroy();
    return deltas;
  }
}
