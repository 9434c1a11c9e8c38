package dev.qide.server.oct;

/// A message of a client that breaks the rules of its protocol.
final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param rule that the message breaks, without content of it
    MalformedMessageException(String rule) {
        super(rule);
    }
}
