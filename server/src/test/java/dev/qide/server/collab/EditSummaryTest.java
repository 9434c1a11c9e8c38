package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.telemetry.LogCapture;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The log line of an edit: found at once, bounded in number, without the text.
final class EditSummaryTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void the_first_edit_has_a_line_and_the_others_are_counted_in_the_next_one() {
        try (var log = new LogCapture()) {
            var ann = COLLAB.fixture().client(ANN).joinSettled("");
            var seven = new Typist(7);
            ann.update(seven.type("confidential")).awaits(2, "saved");
            log.awaits("collab.edited");
            assertThat(edited(log))
                    .singleElement()
                    .satisfies(line -> {
                        assertThat(line.get("principal").getAsString()).isEqualTo(ANN.key());
                        assertThat(line.get("workspace").getAsString())
                                .isEqualTo(COLLAB.fixture().workspace.toString());
                        assertThat(line.get("document").getAsString())
                                .isEqualTo(COLLAB.fixture().document().toString());
                        assertThat(line.get("updates").getAsLong()).isEqualTo(1);
                        assertThat(line.get("bytes").getAsLong()).isGreaterThan(12);
                    });

            for (int i = 0; i < 20; i++) {
                ann.update(seven.type("a")).awaits(3 + i, "saved");
            }
            assertThat(edited(log)).hasSize(1);

            ann.close();
            log.awaits("collab.edited", "\"updates\":20");
            assertThat(edited(log)).hasSize(2);
            assertThat(log.lines()).noneMatch(line -> line.contains("confidential"));
        }
    }

    private static List<JsonObject> edited(LogCapture log) {
        return log.lines().stream()
                .filter(line -> line.contains("collab.edited"))
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }
}
