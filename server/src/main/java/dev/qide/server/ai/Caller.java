package dev.qide.server.ai;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The caller of a model.
///
/// @param principal the id of the person who pays for the call
/// @param workspace the name of the workspace, whose organisation the call belongs to; null for a
///   call outside any workspace
/// @param organisation the one that a call outside any workspace belongs to; null for none
public record Caller(
        String principal, @Nullable String workspace, @Nullable Organisation organisation) {
    /// An organisation.
    public record Organisation(UUID id, String name) {}

    /// A call in a workspace, or outside any workspace and organisation.
    public Caller(String principal, @Nullable String workspace) {
        this(principal, workspace, null);
    }
}
