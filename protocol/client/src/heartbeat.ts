/** How long the client waits for any message after it sent something, before it sends a heartbeat. */
export const UNANSWERED_MILLISECONDS = 4_000;
/** How long the answer to a heartbeat may take, in addition to the transfer time of the bytes sent before it. */
export const ANSWER_MILLISECONDS = 6_000;
/** The slowest connection that does not count as dead. */
const SLOWEST_BYTES_PER_MILLISECOND = 16;

/** The times after which a connection counts as dead. */
export interface HeartbeatTimes {
  /** Silence after which a connection is dead even without a heartbeat. */
  readonly idleMilliseconds: number;
  readonly unansweredMilliseconds: number;
  readonly answerMilliseconds: number;
}

/**
 * Detects a dead connection. A lost network closes no socket; the only symptom is that answers stay
 * away. So after something was sent and no message arrived, a heartbeat goes out, and only if that stays
 * unanswered too the connection is dead. A server that is slow to acknowledge an edit still answers it.
 */
export class Heartbeat {
  private idle: ReturnType<typeof setTimeout> | undefined;
  private unanswered: ReturnType<typeof setTimeout> | undefined;
  private answer: ReturnType<typeof setTimeout> | undefined;
  private answerUntil = 0;
  private isSentSinceHeartbeat = false;
  private bytesSent = 0;

  /**
   * @param beat sends one heartbeat
   * @param dead reports that the connection is dead
   */
  constructor(
    private readonly times: HeartbeatTimes,
    private readonly beat: () => void,
    private readonly dead: (reason: string) => void,
  ) {}

  /** A connection is being opened; the handshake may take this long. */
  opening(milliseconds: number): void {
    this.end();
    this.idle = setTimeout(() => this.dead('no handshake'), milliseconds);
  }

  /** A message of any kind arrived: the connection is alive. */
  received(): void {
    // The message does not answer anything that was sent after the heartbeat.
    const isOwed = this.isSentSinceHeartbeat;
    this.end();
    this.idle = setTimeout(() => this.dead('no message for too long'), this.times.idleMilliseconds);
    if (isOwed) this.sent(0);
  }

  sent(bytes: number): void {
    this.bytesSent += bytes;
    this.isSentSinceHeartbeat = this.answer !== undefined;
    if (this.isSentSinceHeartbeat) return;
    this.unanswered ??= setTimeout(() => this.check(), this.times.unansweredMilliseconds);
  }

  /** Sends a heartbeat now, for instance because the browser reports that the network is gone. */
  check(answerMilliseconds = this.times.answerMilliseconds): void {
    const timeout = answerMilliseconds + this.bytesSent / SLOWEST_BYTES_PER_MILLISECOND;
    const until = performance.now() + timeout;
    if (this.answer !== undefined && until >= this.answerUntil) return;
    clearTimeout(this.answer);
    this.answerUntil = until;
    this.answer = setTimeout(() => this.dead('heartbeat not answered'), timeout);
    this.beat();
    this.isSentSinceHeartbeat = false;
  }

  end(): void {
    for (const timer of [this.idle, this.unanswered, this.answer]) clearTimeout(timer);
    this.unanswered = this.answer = undefined;
    this.bytesSent = 0;
    this.isSentSinceHeartbeat = false;
  }
}
