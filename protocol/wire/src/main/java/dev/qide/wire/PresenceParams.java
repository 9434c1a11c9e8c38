package dev.qide.wire;

import java.util.List;

/// Parameters of the notification `qide/presence`: who has this document open now. Sent when
/// somebody comes or goes, and to an editor that has just initialized.
///
/// @param path the document's path in the workspace
/// @param members one entry a connection; empty when the last one has gone
public record PresenceParams(String path, List<Member> members) {
    public PresenceParams {
        members = List.copyOf(members);
    }

    /// @param client the Yjs client id, by which cursors are found in the document's awareness
    /// @param id stable id of the person who logged in; several connections may share it
    /// @param name the person's name
    public record Member(long client, String id, String name) {}
}
