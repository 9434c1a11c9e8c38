package dev.qide.server.ai.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.qide.server.ai.provider.ModelEvent;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CollectedAnswerTest {
    private static final int CALLS = 60_000;
    private static final int FRAGMENTS = 300_000;

    /// If the cost grew with the number of calls, each fragment would take up to 0.1 ms.
    @Test
    void a_fragment_of_a_call_costs_the_same_however_many_calls_there_are() {
        var answer = new CollectedAnswer(8 << 20);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> {
                    for (int i = 0; i < CALLS; i++) {
                        answer.add(new ModelEvent.ToolCall(i, "", "f"));
                    }
                    for (int i = 0; i < FRAGMENTS; i++) {
                        answer.add(new ModelEvent.ToolArguments(i % CALLS, "1"));
                    }
                });
        assertThat(answer.toolCalls())
                .hasSize(CALLS)
                .allSatisfy(call -> assertThat(call.arguments()).hasToString("11111"));
    }

    /// Some servers number all calls of an answer 0.
    @Test
    void a_fragment_belongs_to_the_last_call_of_its_index() {
        var answer = new CollectedAnswer(1_000);
        for (var city : new String[] {"Bern", "Oslo"}) {
            answer.add(new ModelEvent.ToolCall(0, city, "weather"));
            answer.add(new ModelEvent.ToolArguments(0, "{\"city\":"));
            answer.add(new ModelEvent.ToolArguments(0, "\"" + city + "\"}"));
        }
        answer.add(new ModelEvent.ToolArguments(1, "of no call"));
        assertThat(answer.toolCalls())
                .extracting(call -> call.arguments().toString())
                .containsExactly("{\"city\":\"Bern\"}", "{\"city\":\"Oslo\"}");
    }
}
