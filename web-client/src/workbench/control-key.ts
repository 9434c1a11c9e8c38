/** `@` to `_`, and the letters in lower case: each has a control character. */
const WITH_CONTROL = /^[@-_a-z ?]$/;
const DELETE = '\u007f';

/** The Ctrl key of a keyboard that has none: with it, the next character that is typed in a terminal is a control character. */
export class ControlKey {
  private held = false;

  /** @param changed is called when it is held or no longer */
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

  /** What reaches the terminal. What the terminal itself answers to a program begins with an escape, and passes. */
  typed(text: string): string {
    if (!this.held || text.startsWith('\u001b')) return text;
    this.release();
    if (!WITH_CONTROL.test(text)) return text;
    return text === '?' ? DELETE : String.fromCharCode(text.charCodeAt(0) & 0x1f);
  }
}
