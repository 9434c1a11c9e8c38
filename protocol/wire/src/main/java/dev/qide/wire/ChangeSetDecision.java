package dev.qide.wire;

import java.util.List;

/// Parameters of the request `qide/changeSetDecide`.
///
/// @param hunks the numbers of hunks; empty for all that the action fits
public record ChangeSetDecision(String changeSet, List<Integer> hunks, Action action) {
    public ChangeSetDecision {
        hunks = List.copyOf(hunks);
    }

    /// What to do with the hunks.
    public enum Action {
        /// Makes proposed hunks a part of the text.
        ACCEPT,
        /// Drops proposed hunks.
        REJECT,
        /// Takes accepted hunks back.
        UNDO
    }
}
