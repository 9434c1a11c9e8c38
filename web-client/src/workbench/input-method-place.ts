import { NativeEditContext } from '@codingame/monaco-vscode-api/vscode/vs/editor/browser/controller/editContext/native/nativeEditContext';

/** The parts of VS Code's edit context that tell an input method where its characters are. */
interface CharacterBounds {
  readonly _parent: HTMLElement;
  /** The place of the editor on the page; null until the editor is drawn for the first time. */
  _parentBounds: DOMRect | null;
  _updateCharacterBounds(event: Event): void;
}

/**
 * Tells an input method the place of its characters in an editor that has a new model, for instance of a file that was moved, and
 * is not drawn yet.
 *
 * VS Code's edit context assumes that the editor is drawn. Otherwise it fails, and the window of the input method is elsewhere until
 * the next key.
 */
export function placeInputMethods(): void {
  const bounds = NativeEditContext.prototype as unknown as CharacterBounds;
  const update = bounds._updateCharacterBounds;
  bounds._updateCharacterBounds = function (this: CharacterBounds, event) {
    this._parentBounds ??= this._parent.getBoundingClientRect();
    update.call(this, event);
  };
}
