package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.identity.Roles;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.WebSocketHandler;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SocketPermitTest {
    private static final Principal ANN =
            new Principal(
                    new UserId(UUID.randomUUID()),
                    "Ann",
                    new Roles(Map.of(), Map.of()),
                    Set.of(),
                    new CredentialId("ann"));

    @Test
    void a_socket_that_fails_to_open_does_not_count() {
        var limit = new PerPrincipalLimit(1);
        var count = new SocketPermit(limit);
        assertThat(count.begin(ANN)).isTrue();
        assertThat(limit.isReached(ANN.key())).isTrue();

        Supplier<WebSocketHandler.Receiver> failing =
                () -> {
                    throw new IllegalStateException("the opener failed");
                };
        assertThatThrownBy(() -> count.of(failing)).hasMessage("the opener failed");

        assertThat(limit.isReached(ANN.key())).isFalse();
    }
}
