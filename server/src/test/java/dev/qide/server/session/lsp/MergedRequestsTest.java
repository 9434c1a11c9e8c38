package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Requests to several servers: when they are answered, and with what.
class MergedRequestsTest {
    private static final List<String> LANGUAGES = List.of("typescript", "markdown");

    private final LinkedBlockingQueue<String> sent = new LinkedBlockingQueue<>();
    private final MergedRequests requests = new MergedRequests(sent::add);

    @Test
    void a_request_about_the_workspace_waits_for_all_servers() {
        begin(Duration.ofMinutes(1));

        answer("markdown", "[\"a\"]");
        assertThat(sent).isEmpty();
        answer("typescript", "[\"b\"]");

        assertThat(sent).containsExactly("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":[\"b\",\"a\"]}");
    }

    @Test
    void after_the_wait_the_answer_is_what_has_arrived_and_a_late_response_is_dropped()
            throws InterruptedException {
        begin(Duration.ofMillis(50));
        answer("markdown", "[\"a\"]");

        assertThat(sent.poll(10, TimeUnit.SECONDS)).contains("[\"a\"]");
        answer("typescript", "[\"b\"]");
        assertThat(sent).isEmpty();
    }

    private void begin(Duration wait) {
        assertThat(requests.beginForWorkspace("7", LANGUAGES, ResultMerges::arrays, wait)).isTrue();
    }

    private void answer(String language, String result) {
        var message = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" + result + "}";
        assertThat(requests.answered(language, MergedRequests.tree(message))).isTrue();
    }
}
