package dev.qide.server;

import dev.qide.server.store.DatabaseAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/// People with accounts and logins, written into the database of a server as a login would.
public final class TestPeople implements AutoCloseable {
    private final Connection connection;

    /// Somebody who is logged in.
    ///
    /// @param cookie the secret of the login cookie
    public record LoggedIn(UUID id, String name, String cookie) {}

    public TestPeople(TestServer server) throws SQLException {
        this(server.database().address());
    }

    public TestPeople(DatabaseAddress address) throws SQLException {
        connection = DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    /// A new person with an account and a login, without any role.
    public LoggedIn logIn(String name) throws SQLException {
        var id = UUID.randomUUID();
        // Of the length of a secret, and like one without a hyphen at its start.
        var secret =
                "s"
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(sha256(UUID.randomUUID().toString()))
                                .substring(1);
        run("INSERT INTO people (id, name, created_at) VALUES (?, ?, now())", id, name);
        run(
                "INSERT INTO accounts (provider, subject, person_id, linked_at)"
                        + " VALUES ('test', ?, ?, now())",
                id.toString(),
                id);
        run(
                "INSERT INTO logins (token_hash, provider, subject, person_id, person_name, role,"
                        + " scopes, expires_at) VALUES (?, 'test', ?, ?, '', '', '', ?)",
                sha256(secret),
                id.toString(),
                id,
                Timestamp.from(Instant.now().plus(Duration.ofDays(1))));
        return new LoggedIn(id, name, secret);
    }

    /// Makes a person a member.
    ///
    /// @param role in capitals
    public void join(LoggedIn person, String organisation, String role) throws SQLException {
        run(
                "INSERT INTO memberships (organisation_id, person_id, role)"
                        + " SELECT id, ?, ? FROM organisations WHERE name = ?",
                person.id(),
                role,
                organisation);
    }

    /// Gives a person's account an address, as if its provider had verified it.
    public void verifyAddress(LoggedIn person, String address) throws SQLException {
        run("UPDATE accounts SET email = ? WHERE person_id = ?", address, person.id());
    }

    /// Gives a person a role in a managed workspace of the home organisation.
    ///
    /// @param role in capitals
    public void joinWorkspace(LoggedIn person, String workspace, String role) throws SQLException {
        run(
                "INSERT INTO workspace_members (workspace_id, person_id, role)"
                        + " SELECT id, ?, ? FROM workspaces WHERE name = ? AND is_made"
                        + " AND retired_at IS NULL",
                person.id(),
                role,
                workspace);
    }

    /// Runs a statement.
    public void run(String sql, Object... values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
