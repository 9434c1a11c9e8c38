package dev.qide.server.store;

import java.util.UUID;

/// The id of a workspace; its name is an attribute.
public record WorkspaceId(UUID value) {
    @Override
    public String toString() {
        return value.toString();
    }
}
