package dev.qide.server.files;

/// When work has to have ended, for work that cannot be interrupted: matching a regular expression
/// reads characters whatever else it does, and so meets the deadline at one of them. Owned by one
/// thread at a time.
final class Deadline {
    private static final int READS_BETWEEN_LOOKS = 4_096;

    private final long end;
    private int reads;

    /// The time is over.
    static final class Over extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Over() {
            super(null, null, false, false);
        }
    }

    /// @param end as of `System.nanoTime()`
    Deadline(long end) {
        this.end = end;
    }

    /// @throws Over when it is
    void check() {
        if (System.nanoTime() - end > 0) {
            throw new Over();
        }
    }

    /// The text, which throws [Over] when it is read after the end.
    CharSequence over(CharSequence text) {
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
