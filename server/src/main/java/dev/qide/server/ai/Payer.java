package dev.qide.server.ai;

import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.UsageTable;

/// The person, workspace and organisation to whose budgets and usage a call counts.
///
/// @param person the person's id
/// @param workspace its name; empty for a call outside any workspace
/// @param organisation its name; empty for a call that belongs to none
record Payer(String person, String workspace, String organisation) {
    static Payer of(Caller caller) {
        var workspace = caller.workspace();
        if (workspace != null) {
            return new Payer(caller.principal(), workspace, OrganisationId.nameOf(workspace));
        }
        var organisation = caller.organisation();
        return new Payer(caller.principal(), "", organisation == null ? "" : organisation.name());
    }

    static Payer of(UsageTable.Subject subject) {
        return new Payer(subject.person().toString(), subject.workspace(), subject.organisation());
    }
}
