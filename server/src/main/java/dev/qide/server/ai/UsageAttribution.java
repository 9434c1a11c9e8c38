package dev.qide.server.ai;

import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.UsageTable;

/// The person, workspace and organisation that a call of a model is charged to, in budgets and in
/// usage reports.
///
/// @param person the person's id
/// @param workspace its name; empty for a call outside any workspace
/// @param organisation its name; empty for a call that belongs to none
record UsageAttribution(String person, String workspace, String organisation) {
    static UsageAttribution of(Caller caller) {
        var workspace = caller.workspace();
        if (workspace != null) {
            return new UsageAttribution(
                    caller.principal(), workspace, OrganisationId.nameOf(workspace));
        }
        var organisation = caller.organisation();
        return new UsageAttribution(
                caller.principal(), "", organisation == null ? "" : organisation.name());
    }

    static UsageAttribution of(UsageTable.Subject subject) {
        return new UsageAttribution(
                subject.person().toString(), subject.workspace(), subject.organisation());
    }
}
