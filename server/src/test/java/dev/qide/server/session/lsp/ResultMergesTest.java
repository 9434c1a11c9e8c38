package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultMergesTest {
    @Test
    void arrays_follow_each_other_and_anything_else_is_nothing() {
        assertThat(ResultMerges.arrays(results("[1]", "null", "{}", "[2,3]")))
                .hasToString("[1,2,3]");
        assertThat(ResultMerges.arrays(results("null"))).hasToString("null");
        assertThat(ResultMerges.arrays(results("[]"))).hasToString("[]");
    }

    @Test
    void edits_of_one_document_by_two_servers_are_all_applied() {
        var edit =
                ResultMerges.workspaceEdits(
                        results("{'changes':{'a':[1],'b':[2]}}", "null", "{'changes':{'a':[3]}}"));
        assertThat(edit).hasToString("{\"changes\":{\"a\":[1,3],\"b\":[2]}}");
    }

    @Test
    void changes_become_document_changes_when_joined_with_another_servers() {
        var edit =
                ResultMerges.workspaceEdits(
                        results(
                                "{'changes':{'a':[1]}}",
                                "{'documentChanges':[{'kind':'create'}],'changeAnnotations':{'x':{}}}"));
        assertThat(edit)
                .hasToString(
                        "{\"documentChanges\":[{\"textDocument\":{\"uri\":\"a\",\"version\":null},\"edits\":[1]},{\"kind\":\"create\"}],\"changeAnnotations\":{\"x\":{}}}");
    }

    @Test
    void no_edit_is_null() {
        assertThat(ResultMerges.workspaceEdits(results("null", "null"))).hasToString("null");
    }

    private static Map<String, JsonElement> results(String... texts) {
        var results = new LinkedHashMap<String, JsonElement>();
        for (var text : texts) {
            results.put("server" + results.size(), JsonParser.parseString(text));
        }
        return results;
    }
}
