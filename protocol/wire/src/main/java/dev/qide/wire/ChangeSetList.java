package dev.qide.wire;

import java.util.List;

/// Answer to `qide/changeSetList`: the change sets proposed to the caller in this workspace.
public record ChangeSetList(List<ChangeSetInfo> changeSets) {
    public ChangeSetList {
        changeSets = List.copyOf(changeSets);
    }
}
