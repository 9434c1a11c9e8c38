package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/me/tokens`: the caller's valid personal tokens, oldest first.
public record TokenList(List<Token> tokens) {
    public TokenList {
        tokens = List.copyOf(tokens);
    }

    /// @param name the person's name for it
    /// @param createdAt ISO 8601, UTC
    /// @param expiresAt ISO 8601, UTC
    public record Token(
            String id, String name, List<Scope> scopes, String createdAt, String expiresAt) {
        public Token {
            scopes = List.copyOf(scopes);
        }
    }

    /// A permission of a credential.
    public enum Scope {
        EDIT,
        READ,
        AI,
        OBSERVE,
        ADMIN
    }
}
