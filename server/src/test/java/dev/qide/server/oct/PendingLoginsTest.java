package dev.qide.server.oct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.oct.PendingLogins.Client;
import dev.qide.server.telemetry.Metrics;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingLoginsTest {
    @Test
    void a_login_is_claimed_once_unless_it_is_released() throws InterruptedException {
        var logins = new PendingLogins(new SecureRandom(), new OctMetrics(new Metrics()));
        var begun = logins.begin(Client.EDITOR);
        assertThat(logins.claim(begun.page())).isEqualTo(Client.EDITOR);
        assertThat(logins.claim(begun.page())).isNull();
        assertThat(logins.client(begun.page())).isNull();
        logins.release(begun.page());
        assertThat(logins.claim(begun.page())).isEqualTo(Client.EDITOR);
        logins.complete(begun.page(), "token");
        assertThat(logins.claim(begun.page())).isNull();
        assertThat(logins.await(begun.id(), Duration.ZERO)).isEqualTo("token");
    }
}
