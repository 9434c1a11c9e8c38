package dev.qide.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class WireJsonTest {
    @Test
    void a_record_survives_the_round_trip() {
        var list =
                new FileList(
                        List.of(new FileList.Entry("src/Ä b.py", FileList.Kind.FILE, 12, false)),
                        true);

        var json = WireJson.write(list);

        assertThat(json)
                .isEqualTo(
                        """
                        {"files":[{"path":"src/Ä b.py","kind":"file","size":12,"ignored":false}],"truncated":true}\
                        """);
        assertThat(WireJson.read(json, FileList.class)).isEqualTo(list);
    }

    @Test
    void a_missing_component_is_refused_and_named() {
        check("{}", Failure.INVALID_PARAMS, "token");
        check("{\"token\":null}", Failure.INVALID_PARAMS, "token");
    }

    @Test
    void a_wrong_type_is_refused() {
        check("{\"token\":{}}", Failure.INVALID_PARAMS, "");
        check("[]", Failure.INVALID_PARAMS, "");
        check("null", Failure.INVALID_PARAMS, "");
        check("", Failure.INVALID_PARAMS, "");
    }

    @Test
    void text_that_is_not_json_is_a_parse_error() {
        check("{token:1}", Failure.PARSE_ERROR, "");
        check("{\"token\":\"a\"", Failure.PARSE_ERROR, "");
        check("{\"token\":\"a\"} x", Failure.PARSE_ERROR, "");
    }

    @Test
    void an_object_of_too_many_values_is_refused_before_it_is_built() {
        var most = "{\"a\":[" + "{},".repeat(WireJson.VALUES / 2 - 4) + "0]}";
        assertThat(WireJson.object(most).get("a").getAsJsonArray())
                .hasSize(WireJson.VALUES / 2 - 3);
        assertThatThrownBy(() -> WireJson.object(most.replace("0]", "{},{},{},{},0]")))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure()).isEqualTo(Failure.MESSAGE_TOO_LARGE));
        assertThatThrownBy(() -> WireJson.object("[1]"))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.PARSE_ERROR));
    }

    @Test
    void members_of_a_newer_peer_are_ignored() {
        assertThat(WireJson.read("{\"token\":\"a\",\"more\":[1]}", LoginRequest.class))
                .isEqualTo(new LoginRequest("a"));
    }

    @Test
    void an_unknown_enum_value_is_refused() {
        assertThatThrownBy(() ->
                        WireJson.read(
                                "{\"language\":\"a\",\"message\":\"b\",\"severity\":\"loud\"}",
                                StatusParams.class))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.INVALID_PARAMS));
    }

    @Test
    void every_failure_sentence_says_what_failed_and_what_to_do_next() {
        for (var failure : Failure.values()) {
            assertThat(failure.sentence()).as(failure.wireName()).matches("[A-Z].+\\. [A-Z].+\\.");
        }
    }

    @Test
    void codes_and_names_of_failures_are_unique_and_outside_the_reserved_range() {
        assertThat(java.util.Arrays.stream(Failure.values()).map(Failure::code))
                .doesNotHaveDuplicates();
        for (var failure : Failure.values()) {
            assertThat(
                            failure.code() >= 1000
                                    || (failure.code() >= -32899 && failure.code() <= -32002))
                    .as(failure.name())
                    .isTrue();
        }
    }

    private static void check(String json, Failure expected, String member) {
        assertThatThrownBy(() -> WireJson.read(json, LoginRequest.class))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> {
                            assertThat(failure.failure()).isEqualTo(expected);
                            if (!member.isEmpty()) {
                                assertThat(failure.tags()).containsEntry("member", member);
                            }
                        });
    }
}
