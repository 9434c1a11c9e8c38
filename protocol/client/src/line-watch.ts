/** How long something may have been sent with no message since, before the server is asked for a sign of life. */
export const UNANSWERED_MILLISECONDS = 4_000;
/** How long that sign may take; what was sent and may still be on its way is added. */
export const ANSWER_MILLISECONDS = 6_000;
/** The slowest line that is not taken for a dead one. */
const SLOWEST_BYTES_PER_MILLISECOND = 16;

export interface LineWatchTimes {
  /** Silence after which a line is dead without having been asked. */
  readonly idleMilliseconds: number;
  readonly unansweredMilliseconds: number;
  readonly answerMilliseconds: number;
}

/**
 * Finds out that a line is dead. A network that is gone closes no socket, and nothing fails but the
 * answers: so whoever has sent something and hears nothing asks for a sign of life, and only when that
 * does not come either the line is dead. A server that is slow to confirm an edit still gives the sign.
 */
export class LineWatch {
  private idle: ReturnType<typeof setTimeout> | undefined;
  private unanswered: ReturnType<typeof setTimeout> | undefined;
  private answer: ReturnType<typeof setTimeout> | undefined;
  private answerUntil = 0;
  private isSentSinceAsked = false;
  private bytesSent = 0;

  constructor(
    private readonly times: LineWatchTimes,
    private readonly ask: () => void,
    private readonly dead: (reason: string) => void,
  ) {}

  /** A line is being opened, and has this long. */
  opening(milliseconds: number): void {
    this.end();
    this.idle = setTimeout(() => this.dead('no handshake'), milliseconds);
  }

  /** Something came in, of whatever kind: the line lives. */
  received(): void {
    // What was sent after the sign was asked for is not answered by it.
    const isOwed = this.isSentSinceAsked;
    this.end();
    this.idle = setTimeout(() => this.dead('no message for too long'), this.times.idleMilliseconds);
    if (isOwed) this.sent(0);
  }

  sent(bytes: number): void {
    this.bytesSent += bytes;
    this.isSentSinceAsked = this.answer !== undefined;
    if (this.isSentSinceAsked) return;
    this.unanswered ??= setTimeout(() => this.check(), this.times.unansweredMilliseconds);
  }

  /** Asks for a sign of life now, for instance because the browser says that the network is gone. */
  check(answerMilliseconds = this.times.answerMilliseconds): void {
    const patience = answerMilliseconds + this.bytesSent / SLOWEST_BYTES_PER_MILLISECOND;
    const until = performance.now() + patience;
    if (this.answer !== undefined && until >= this.answerUntil) return;
    clearTimeout(this.answer);
    this.answerUntil = until;
    this.answer = setTimeout(() => this.dead('no sign of life'), patience);
    this.ask();
    this.isSentSinceAsked = false;
  }

  end(): void {
    for (const timer of [this.idle, this.unanswered, this.answer]) clearTimeout(timer);
    this.unanswered = this.answer = undefined;
    this.bytesSent = 0;
    this.isSentSinceAsked = false;
  }
}
