package dev.qide.wire;

import java.util.List;

/// Parameters of the notification `qide/changeSet`, and the answer to `qide/changeSetDecide`: an
/// edit that a model proposes to a document.
///
/// @param agent the name under which the model is present in the document
public record ChangeSetInfo(String changeSet, String path, String agent, List<Hunk> hunks) {
    public ChangeSetInfo {
        hunks = List.copyOf(hunks);
    }

    /// A part that can be decided by itself.
    ///
    /// @param number from 1 within the change set
    /// @param line where it is now, from 0
    /// @param before the whole lines that it changes, as they were when it was proposed
    /// @param after the lines that it puts there
    public record Hunk(int number, State state, int line, String before, String after) {}

    /// The state of a hunk.
    public enum State {
        /// Not yet decided; the text is without it.
        PROPOSED,
        ACCEPTED,
        REJECTED,
        /// Accepted and taken back.
        UNDONE
    }
}
