package dev.qide.server.store;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// The id of an organisation; its name is an attribute.
public record OrganisationId(UUID value) {
    /// The organisation that every server has; its workspaces have names without a prefix.
    public static final OrganisationId HOME =
            new OrganisationId(
                    UUID.nameUUIDFromBytes("qide:home".getBytes(StandardCharsets.UTF_8)));

    @Override
    public String toString() {
        return value.toString();
    }
}
