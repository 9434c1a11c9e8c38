package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnnouncedCommandsTest {
    private static final int COMMANDS = 1_000;

    private final AnnouncedCommands commands = new AnnouncedCommands();

    @BeforeEach
    void begin() {
        commands.begin(
                json("{'workspace':{'executeCommand':{'dynamicRegistration':true}}}"),
                List.of("go.declared"));
    }

    @Test
    void what_no_declaration_names_is_registered_once() {
        assertThat(announced("go", "'go.fix','go.declared','go.add'"))
                .containsExactly(registered("go", "'go.add','go.fix'"));
        assertThat(announced("go", "'go.add','go.fix'")).isEmpty();
    }

    @Test
    void a_change_replaces_the_registration() {
        var _ = announced("go", "'go.fix'");

        assertThat(announced("go", "'go.add'"))
                .containsExactly(unregistered("go"), registered("go", "'go.add'"));
        assertThat(announced("go", "")).containsExactly(unregistered("go"));
    }

    @Test
    void a_command_of_two_servers_is_registered_for_the_first() {
        var _ = announced("go", "'fix'");

        assertThat(announced("rust", "'fix','add'")).containsExactly(registered("rust", "'add'"));
    }

    @Test
    void a_server_without_commands_or_with_other_values_registers_nothing() {
        assertThat(commands.announced("go", json("{}"))).isEmpty();
        assertThat(commands.announced("go", json("{'executeCommandProvider':true}"))).isEmpty();
        assertThat(announced("go", "7,null,['fix'],{'fix':1}")).isEmpty();
    }

    @Test
    void further_commands_than_a_thousand_are_left_out() {
        var all = new JsonArray();
        for (int i = 0; i <= COMMANDS; i++) {
            all.add("c" + i);
        }
        var capabilities = json("{'executeCommandProvider':{}}");
        capabilities.getAsJsonObject("executeCommandProvider").add("commands", all);

        var change = commands.announced("go", capabilities).getFirst();

        var options = change.list().get(0).getAsJsonObject().getAsJsonObject("registerOptions");
        assertThat(options.getAsJsonArray("commands")).hasSize(COMMANDS);
    }

    @Test
    void a_client_that_does_not_register_commands_gets_none() {
        commands.begin(json("{}"), List.of());

        assertThat(announced("go", "'go.fix'")).isEmpty();
    }

    private List<String> announced(String language, String names) {
        return commands
                .announced(
                        language,
                        json("{'executeCommandProvider':{'commands':[%s]}}".formatted(names)))
                .stream()
                .map(change -> change.method() + " " + change.params())
                .toList();
    }

    private static String registered(String language, String names) {
        return "client/registerCapability "
                + json(
                        "{'registrations':[{'id':'qide:%s:workspace/executeCommand','method':'workspace/executeCommand','registerOptions':{'commands':[%s]}}]}"
                                .formatted(language, names));
    }

    private static String unregistered(String language) {
        return "client/unregisterCapability "
                + json(
                        "{'unregisterations':[{'id':'qide:%s:workspace/executeCommand','method':'workspace/executeCommand'}]}"
                                .formatted(language));
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }
}
