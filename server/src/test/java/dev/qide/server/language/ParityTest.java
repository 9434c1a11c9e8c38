package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A sample of `ops/parity`: the CSS server answers the same over stdio, `/lsp` and `/ws`.
///
/// All projects: `ops/parity/run`.
class ParityTest {
    private static final long SECONDS = 120;

    @Test
    void an_answer_is_the_same_whichever_way_it_comes(
            @TempDir Path workspace, @TempDir Path results) throws Exception {
        var parity = NodeProject.ofOps("parity");
        var json = results.resolve("parity.json");
        try (var server = TestServer.start(workspace)) {
            parity.run(
                    SECONDS,
                    "run.mjs",
                    "--only=css",
                    "--places=2",
                    "--turns=0",
                    "--quiet=2000",
                    "--tolerant",
                    "--server=" + server.ws(""),
                    "--token=" + server.token(),
                    "--directory=" + workspace,
                    "--json=" + json);
        }
        var all =
                JsonParser.parseString(Files.readString(json))
                        .getAsJsonObject()
                        .getAsJsonArray("results");

        assertThat(all).hasSizeGreaterThan(50);
        assertThat(lost(all, "/lsp")).isEmpty();
        assertThat(lost(all, "/ws")).isEmpty();
    }

    /// The requests of which an answer is lost.
    private static Set<String> lost(JsonArray results, String way) {
        var rows = new TreeSet<String>();
        for (JsonElement element : results) {
            var result = element.getAsJsonObject();
            var outcome = result.getAsJsonObject("outcomes").get(way);
            if (outcome instanceof JsonObject found
                    && found.get("outcome").getAsString().equals("lost")) {
                rows.add(result.get("row").getAsString());
            }
        }
        return rows;
    }
}
