package dev.qide.server.store;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// The id of an organisation; its name is an attribute.
public record OrganisationId(UUID value) {
    /// The organisation that every server has; its workspaces have names without a prefix.
    public static final OrganisationId HOME =
            new OrganisationId(
                    UUID.nameUUIDFromBytes("qide:home".getBytes(StandardCharsets.UTF_8)));

    /// Ends the organisation's name in that of a workspace, `organisation:name`; it is in no name.
    public static final String NAME_END = ":";

    /// The name of a workspace's organisation.
    ///
    /// @param workspace `name` in the home organisation, `organisation:name` in others
    public static String nameOf(String workspace) {
        int end = workspace.indexOf(NAME_END);
        return end < 0 ? WorkspaceTable.Owner.HOME.name() : workspace.substring(0, end);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
