package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Undo and redo against the real Yjs: the same edits, undone and redone in the same order, have
/// the same updates, states, contents and stack sizes after every step.
class UndoGoldenTest {
    @Test
    void the_committed_undo_cases_agree_with_yjs_to_the_byte() throws IOException {
        var lines = new StringReader(String.join("\n", Golden.lines("undo")));
        assertThat(check(new BufferedReader(lines))).isGreaterThan(50);
    }

    @Test
    @EnabledIfSystemProperty(named = "golden.cases", matches = "\\d+")
    void fresh_undo_cases_agree_with_a_live_yjs() throws IOException {
        String seed = System.getProperty("golden.seed", "1");
        int wanted = Integer.getInteger("golden.cases");
        try (var node = NodeYjs.start("undo.mjs", seed, String.valueOf(wanted))) {
            assertThat(check(node.output())).isEqualTo(wanted);
        }
    }

    /// Returns the number of cases.
    private static int check(BufferedReader lines) throws IOException {
        int count = 0;
        int undone = 0;
        for (var next = UndoCase.read(lines); next != null; next = UndoCase.read(lines)) {
            undone += next.check();
            count++;
        }
        System.out.println(
                "undo: " + count + " cases with " + undone + " undone or redone changes");
        return count;
    }
}
