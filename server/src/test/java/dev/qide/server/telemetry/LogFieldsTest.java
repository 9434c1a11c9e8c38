package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogFieldsTest {
    private static final LogFields FIELDS = LogFields.committed();

    @Test
    void no_field_is_both_a_value_and_an_object() {
        assertThat(FIELDS.clashes()).isEmpty();
        assertThat(
                        new LogFields(
                                Map.of(
                                        "event",
                                        LogFields.Type.KEYWORD,
                                        "event.dataset",
                                        LogFields.Type.KEYWORD)))
                .extracting(LogFields::clashes)
                .asString()
                .isEqualTo("[event and event.dataset]");
    }

    @Test
    void each_log_key_is_a_field_of_its_type() {
        for (var key : LogKeys.all()) {
            assertThat(FIELDS.type(key.name()))
                    .as(key.name())
                    .isEqualTo(
                            switch (key.kind()) {
                                case KEYWORD -> LogFields.Type.KEYWORD;
                                case NUMBER -> LogFields.Type.LONG;
                                case KEYWORDS -> LogFields.Type.FLATTENED;
                            });
        }
    }

    @Test
    void fields_that_an_index_rejects_are_named() {
        assertThat(FIELDS.problems("{\"event.action\":\"collab.joined\",\"rows\":3}")).isEmpty();
        assertThat(FIELDS.problems("{\"event\":\"collab.joined\"}"))
                .containsExactly("event is not in log-fields.txt");
        assertThat(FIELDS.problems("{\"server\":\"pyright\"}"))
                .containsExactly("server must be OBJECT but is \"pyright\"");
        assertThat(FIELDS.problems("{\"workspace\":{\"value\":1},\"rows\":\"3\"}"))
                .containsExactly(
                        "workspace must be KEYWORD but is {\"value\":1}",
                        "rows must be LONG but is \"3\"");
        assertThat(FIELDS.problems("{\"workspace\":\"demo\"}"))
                .containsExactly("workspace must be an id but is \"demo\"");
        assertThat(FIELDS.problems("{\"document\":\"2b8f2f3e-52b0-4e46-9f06-34b9de1ea3a6\"}"))
                .isEmpty();
        assertThat(FIELDS.problems("{\"@timestamp\":\"yesterday\"}")).hasSize(1);
        assertThat(FIELDS.problems("no json")).containsExactly("not JSON");
    }
}
