package dev.qide.server.store;

import java.util.UUID;

/// One generation of a document: its path is an attribute, and a path that is taken anew gets a new
/// id.
public record DocumentId(UUID value) {
    @Override
    public String toString() {
        return value.toString();
    }
}
