/** `@` to `_`, and the letters in lower case: each has a control character. */
const WITH_CONTROL = /^[@-_a-z ?]$/;
const DELETE = '\u007f';

/** A Ctrl key for keyboards without one: while it is held, the next character typed in a terminal becomes a control character. */
export class ControlKey {
  private held = false;

  /** @param changed is called when the key is held or released */
  constructor(private readonly changed: (isHeld: boolean) => void) {}

  get isHeld(): boolean {
    return this.held;
  }

  toggle(): void {
    this.held = !this.held;
    this.changed(this.held);
  }

  release(): void {
    if (this.held) this.toggle();
  }

  /** Maps typed text to the terminal's input. The terminal's own answers to a program begin with an escape, and do not change. */
  typed(text: string): string {
    if (!this.held || text.startsWith('\u001b')) return text;
    this.release();
    if (!WITH_CONTROL.test(text)) return text;
    return text === '?' ? DELETE : String.fromCharCode(text.charCodeAt(0) & 0x1f);
  }
}
