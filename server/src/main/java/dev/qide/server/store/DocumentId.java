package dev.qide.server.store;

import java.util.UUID;

/// The id of one generation of a document. Its path is an attribute; a new generation at the same
/// path has a new id.
public record DocumentId(UUID value) {
    @Override
    public String toString() {
        return value.toString();
    }
}
