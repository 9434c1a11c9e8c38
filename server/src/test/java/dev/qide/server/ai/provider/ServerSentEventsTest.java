package dev.qide.server.ai.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerSentEventsTest {
    @Test
    void cr_lf_and_crlf_end_a_line() throws IOException {
        check("data: a\n\ndata: b\n\n", "a", "b");
        check("data: a\r\n\r\ndata: b\r\n\r\n", "a", "b");
        check("data: a\r\rdata: b\r\r", "a", "b");
    }

    @Test
    void several_data_lines_are_one_event() throws IOException {
        check("data: a\ndata:b\ndata\n\n", "a\nb");
    }

    @Test
    void comments_and_other_fields_are_ignored() throws IOException {
        check(": ping\n\nevent: x\nid: 1\ndata: ä😀\nretry: 3\n\n", "ä😀");
    }

    @Test
    void an_event_cut_off_by_the_end_is_returned() throws IOException {
        check("data: a", "a");
        check("data: a\n", "a");
        check("");
        check("\n\n\n");
    }

    @Test
    void an_overlong_line_is_refused() {
        var events = new ServerSentEvents(new ByteArrayInputStream(new byte[3 << 20]));

        assertThatThrownBy(events::next).isInstanceOf(IOException.class);
    }

    private static void check(String stream, String... expected) throws IOException {
        var events =
                new ServerSentEvents(
                        new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8)));
        var seen = new ArrayList<String>();
        for (var data = events.next(); data != null; data = events.next()) {
            seen.add(data);
        }
        assertThat(seen).isEqualTo(List.of(expected));
    }
}
