package dev.qide.wire;

import java.util.List;

/// Parameters of the notification `qide/presence`: the clients that have a document open. Sent when
/// a client joins or leaves, and to an editor after it initialized.
///
/// @param path the document's path in the workspace
/// @param members one entry per connection; empty after the last one left
public record PresenceParams(String path, List<Member> members) {
    public PresenceParams {
        members = List.copyOf(members);
    }

    /// @param client the Yjs client id, which identifies the cursor in the document's awareness
    /// @param id stable id of the authenticated person; several connections may share it
    /// @param name the person's name
    public record Member(long client, String id, String name) {}
}
