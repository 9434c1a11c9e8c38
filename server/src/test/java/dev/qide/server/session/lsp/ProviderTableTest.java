package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProviderTableTest {
    private static final List<String> BOTH = List.of("completionProvider", "hoverProvider");

    @Test
    void a_feature_is_dynamic_when_the_client_says_so() {
        var client =
                json(
                        "{'textDocument':{'hover':{'dynamicRegistration':true},'colorProvider':{'dynamicRegistration':false},'rename':7}}");
        assertThat(ProviderTable.dynamic(client)).containsExactly("hoverProvider");
    }

    @Test
    void a_registration_has_the_options_of_its_server_and_the_documents_that_are_its() {
        var registrations =
                ProviderTable.registrations(
                        "css",
                        selector(),
                        json(
                                "{'completionProvider':{'triggerCharacters':[':']},'hoverProvider':true,'renameProvider':true}"),
                        BOTH);
        assertThat(registrations.toString())
                .isEqualTo(
                        text(
                                "[{'id':'qide:css:textDocument/completion','method':'textDocument/completion',"
                                        + "'registerOptions':{'triggerCharacters':[':'],'documentSelector':[{'language':'css'}]}},"
                                        + "{'id':'qide:css:textDocument/hover','method':'textDocument/hover',"
                                        + "'registerOptions':{'documentSelector':[{'language':'css'}]}}]"));
    }

    @Test
    void capabilities_announced_as_declared_change_nothing() {
        assertThat(
                        changes(
                                "{'hoverProvider':true,'completionProvider':{}}",
                                "{'completionProvider':{'workDoneProgress':true},'hoverProvider':{'workDoneProgress':true},'monikerProvider':true}"))
                .isEmpty();
    }

    @Test
    void a_feature_that_goes_is_unregistered_and_one_that_differs_is_registered_anew() {
        var changes =
                changes(
                        "{'hoverProvider':true,'completionProvider':{'triggerCharacters':['.']}}",
                        "{'hoverProvider':false,'completionProvider':{'triggerCharacters':[':']}}");

        assertThat(changes)
                .extracting(ProviderTable.Change::method)
                .containsExactly("client/unregisterCapability", "client/registerCapability");
        assertThat(changes.getFirst().params().toString())
                .isEqualTo(
                        text(
                                "{'unregisterations':[{'id':'qide:css:textDocument/completion','method':'textDocument/completion'},"
                                        + "{'id':'qide:css:textDocument/hover','method':'textDocument/hover'}]}"));
        assertThat(changes.getLast().params().toString())
                .contains("[\":\"]")
                .doesNotContain("hover");
    }

    @Test
    void options_that_a_client_does_not_know_become_true() {
        var union =
                json(
                        "{'renameProvider':{'prepareProvider':true},'codeActionProvider':{'resolveProvider':true}}");
        ProviderTable.simplify(union, json("{}"));
        assertThat(union.toString())
                .isEqualTo(text("{'renameProvider':true,'codeActionProvider':true}"));
    }

    private static List<ProviderTable.Change> changes(String before, String after) {
        return ProviderTable.changes("css", selector(), BOTH, json(before), json(after));
    }

    private static JsonArray selector() {
        return JsonParser.parseString("[{'language':'css'}]").getAsJsonArray();
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static String text(String withSingleQuotes) {
        return withSingleQuotes.replace('\'', '"');
    }
}
