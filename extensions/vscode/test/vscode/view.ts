import { EventEmitter, type Uri } from './values.js';

/** The part of `WebviewViewProvider` that the window calls. */
export interface ViewProvider {
  resolveWebviewView(view: TestView): void;
}

/** A view with a web page, whose script is the test. */
export class TestView {
  /** What the extension sent to the script. */
  readonly received: unknown[] = [];
  readonly visible = true;
  private readonly sent = new EventEmitter<unknown>();
  private readonly disposed = new EventEmitter<undefined>();
  readonly onDidDispose = this.disposed.event;
  readonly onDidChangeVisibility = new EventEmitter<undefined>().event;
  readonly webview = {
    options: {},
    html: '',
    cspSource: 'view:',
    asWebviewUri: (uri: Uri) => uri,
    onDidReceiveMessage: this.sent.event,
    postMessage: async (message: unknown) => this.received.push(message) > 0,
  };

  /** The script sends a message to the extension. */
  send(message: unknown): void {
    this.sent.fire(message);
  }

  dispose(): void {
    this.disposed.fire(undefined);
  }
}
