package dev.qide.server.tools.change;

import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.RelativePosition;
import java.util.List;

/// One hunk of a change set: an edit of neighbouring lines, as a Yjs update by a client id of its
/// own. The updates of a change set do not depend on each other, so each can be sent or not.
///
/// The update refers to the characters that it deletes and inserts between by their ids. What
/// others type there meanwhile therefore stays, as with any concurrent edits of two people.
///
/// @param before the whole lines before the edit, for display
/// @param after the whole lines after it
/// @param start where the edit begins
/// @param author the client id of the update
/// @param inserted UTF-16 units that the update inserts
/// @param removals the texts that the update deletes
record ProposedHunk(
        String before,
        String after,
        RelativePosition start,
        long author,
        long inserted,
        byte[] update,
        List<Removal> removals) {
    ProposedHunk {
        removals = List.copyOf(removals);
    }

    /// A deleted text.
    ///
    /// @param position the place behind the character before it
    record Removal(RelativePosition position, String text) {}

    /// An update that deletes what is left of the inserted text: no structs, and a delete set of
    /// one range (Yjs, update format v1).
    byte[] deletionOfInserted() {
        return new Lib0Encoder()
                .writeVarUint(0)
                .writeVarUint(1)
                .writeVarUint(author)
                .writeVarUint(1)
                .writeVarUint(0)
                .writeVarUint(inserted)
                .toBytes();
    }
}
