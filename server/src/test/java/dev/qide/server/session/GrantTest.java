package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Resource;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.store.Database;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rights of one socket while they are checked on another thread, as they are several times a
/// second.
class GrantTest {
    private static final int LOGINS = 20_000;
    private static final Resource.OfWorkspace WORKSPACE =
            new Resource.OfWorkspace(new WorkspaceId(UUID.randomUUID()), OrganisationId.HOME);

    @TempDir Path data;

    @Test
    void a_socket_whose_rights_are_checked_during_its_login_stays_open() throws Exception {
        try (var base = TestDatabase.create();
                var database = new Database(base.address());
                var identity =
                        new Identity(
                                data,
                                Identity.Tables.of(database),
                                new RateLimiter(20, Duration.ofMinutes(1)),
                                InstantSource.system(),
                                () -> false);
                var host = TestHost.standard();
                var _ = RawClient.opened(host.port(), "/echo")) {
            var outgoing = host.outgoing();
            var person = Objects.requireNonNull(identity.byToken(identity.token()));
            var opened = new AtomicReference<Grant>();
            var isOver = new AtomicBoolean();
            var checks =
                    new FutureTask<>(() -> {
                        while (!isOver.get()) {
                            var grant = opened.get();
                            var _ = grant == null || grant.revalidate();
                        }
                        return null;
                    });
            Thread.ofPlatform().start(checks);
            for (int login = 0; login < LOGINS && !checks.isDone(); login++) {
                var grant = new Grant(identity, outgoing, WORKSPACE, _ -> {});
                opened.set(grant);
                var _ = grant.admit(person);
                assertThat(grant.can(Action.EDIT_WORKSPACE)).isTrue();
            }
            isOver.set(true);
            assertThat(checks.get()).isNull();
            assertThat(outgoing.isClosed()).isFalse();
        }
    }
}
