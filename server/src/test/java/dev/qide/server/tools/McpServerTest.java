package dev.qide.server.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.ai.Chats;
import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.Counted;
import dev.qide.server.ai.WorkspaceTools.Rights;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class McpServerTest {
    private boolean isValid = true;

    @Test
    void a_batch_ends_with_the_right_of_its_sender() throws Exception {
        var tool =
                new Tool(
                        "end",
                        "End",
                        "Ends the caller's rights",
                        new JsonObject(),
                        true,
                        Cost.NONE,
                        (_, _) -> {
                            isValid = false;
                            return "ended";
                        });
        var server = new McpServer(new ToolTable(List.of(tool), new Metrics()), "1");
        var call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"end\"}}";
        var list = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}";

        var answer =
                server.answer(
                        caller(), "[" + list + "," + call + "," + call + "," + list + "]", null);

        var answers = JsonParser.parseString(Objects.requireNonNull(answer)).getAsJsonArray();
        assertThat(answers.get(0).toString()).contains("\"name\":\"end\"");
        assertThat(answers.get(1).toString()).contains("ended");
        for (int i = 2; i < 4; i++) {
            assertThat(TestClient.errorCode(answers.get(i).getAsJsonObject()))
                    .isEqualTo(Failure.FORBIDDEN.code());
        }
    }

    private ToolCaller caller() {
        var rights =
                new Rights() {
                    @Override
                    public String name() {
                        return "Ann";
                    }

                    @Override
                    public boolean canRead() {
                        return isValid;
                    }

                    @Override
                    public boolean canEdit() {
                        return isValid;
                    }

                    @Override
                    public Counted count(Cost cost) {
                        return () -> {};
                    }
                };
        return new ToolCaller(
                new Chats.Member(UUID.randomUUID(), new WorkspaceId(UUID.randomUUID()), "demo"),
                "client",
                rights);
    }
}
