package dev.qide.server.doors;

import dev.qide.server.identity.Identity;
import dev.qide.server.limits.Limits;
import dev.qide.server.session.Editors;
import dev.qide.server.socket.HttpDoor;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.watch.Health;
import dev.qide.server.watch.Metrics;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// All doors of the server, wired. Thread-safe.
public final class Doors {
    private final HttpDoors http;
    private final SocketDoors sockets;
    private final AtomicBoolean isStopping = new AtomicBoolean();

    /// @param host the address the server listens on
    /// @param origins further origins whose pages may use the login cookie
    public Doors(
            Identity identity,
            Editors editors,
            OfWorkspaces workspaces,
            Watched watched,
            Limits limits,
            String host,
            Set<String> origins) {
        var admitted = new Origins(host, origins);
        var credentials = new Credentials(identity, admitted);
        var local = new LocalPeers(admitted);
        http =
                new HttpDoors(
                        credentials,
                        local,
                        new HealthDoors(watched, credentials, local, isStopping::get),
                        new LoginDoors(identity, admitted),
                        workspaces);
        sockets = new SocketDoors(credentials, editors, limits);
    }

    /// The REST doors of workspaces, by what they are about.
    public record OfWorkspaces(
            MadeDoors themselves,
            WorkspaceDoors files,
            TreeDoors tree,
            ZipDoors zip,
            SearchDoors search) {}

    /// What the observers' doors show.
    public record Watched(Health health, Metrics metrics) {}

    public HttpDoor http() {
        return http;
    }

    public SocketDoor.Directory sockets() {
        return sockets;
    }

    /// From now on `/ready` says no.
    public void stopping() {
        isStopping.set(true);
    }
}
