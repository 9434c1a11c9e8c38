import * as vscode from 'vscode';

/** The fields of an event: names, numbers and words of closed sets; never a token or a text of a file. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** The output channel “Q-IDE”: one line for each event, its name first, then its fields as JSON. */
export class Log implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel('Q-IDE', { log: true });

  info(event: string, fields: LogFields = {}): void {
    this.channel.info(lineOf(event, fields));
  }

  warn(event: string, fields: LogFields = {}): void {
    this.channel.warn(lineOf(event, fields));
  }

  /** Shows the channel to the person. */
  show(): void {
    this.channel.show();
  }

  dispose(): void {
    this.channel.dispose();
  }
}

function lineOf(event: string, fields: LogFields): string {
  return Object.keys(fields).length === 0 ? event : `${event} ${JSON.stringify(fields)}`;
}
