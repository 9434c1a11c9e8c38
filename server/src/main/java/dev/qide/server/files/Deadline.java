package dev.qide.server.files;

/// A deadline for work that cannot be interrupted. Matching a regular expression reads characters,
/// and reading a character checks the deadline; [ExpressionCost] finds the expressions that do much
/// between two characters. Owned by one thread at a time.
final class Deadline {
    private static final int READS_BETWEEN_LOOKS = 4_096;

    private final long end;
    private int reads;
    private volatile boolean isCancelled;

    /// The deadline has passed.
    static final class DeadlineExceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        DeadlineExceeded() {
            super(null, null, false, false);
        }
    }

    /// @param end as of `System.nanoTime()`
    Deadline(long end) {
        this.end = end;
    }

    /// Ends the search now. May be called from any thread.
    void cancel() {
        isCancelled = true;
    }

    /// @throws DeadlineExceeded after the deadline
    void check() {
        if (isCancelled || System.nanoTime() - end > 0) {
            throw new DeadlineExceeded();
        }
    }

    /// The text; reading it after the deadline throws [DeadlineExceeded].
    CharSequence exceeded(CharSequence text) {
        return new Watched(text);
    }

    private final class Watched implements CharSequence {
        private final CharSequence text;

        Watched(CharSequence text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++reads % READS_BETWEEN_LOOKS == 0) {
                check();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
