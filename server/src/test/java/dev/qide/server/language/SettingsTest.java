package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Which settings of a client reach its language server.
class SettingsTest {
    static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"capabilities":{"hoverProvider":true},
            "initializationOptions":{"tool":{"path":"${install}/tool"},"depth":1},
            "configuration":{"fake":{"lint":{"level":"low","max":3},"program":"ours"}},
            "restrictedSettings":["fake.program","fake.schemas.http*","tool.path"]},
            {"id":"closed","title":"Closed","language":"closed","languageIds":["closed"],"files":["*.closed"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"capabilities":{}}]}
            """;
    private static final String PYTHON =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"capabilities":{"hoverProvider":true},
            "configuration":{"python":{"pythonPath":"${pythonEnvironment}","analysis":{}}},"restrictedSettings":[],
            "projectSettings":["python.analysis.exclude"]}]}
            """;
    private static final String SCHEMAS =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"capabilities":{"hoverProvider":true},
            "configuration":{"json":{"schemas":[{"url":"ours"}]}},"restrictedSettings":[]}]}
            """;
    private static final String ASK_PYTHON =
            """
            {"method":"workspace/configuration","params":{"items":[
            {"section":"python","scopeUri":"file:///home/ann"},
            {"section":"python.analysis","scopeUri":"file:///home/ann/api"}]}}
            """;
    private static final String ASK =
            """
            {"method":"workspace/configuration","params":{"items":[
            {"section":"fake.lint","scopeUri":"file:///home/ann/a.fake"},{"section":"fake"},{"section":"other"}]}}
            """;
    private static final String OURS =
            "[{\"level\":\"low\",\"max\":3},{\"lint\":{\"level\":\"low\",\"max\":3},\"program\":\"ours\"},null]";
    private static final Duration WAIT_AT_LEAST = Duration.ofSeconds(5);
    private static final Duration WAIT_AT_MOST = Duration.ofSeconds(20);

    private final Set<String> answered = new HashSet<>();

    @RegisterExtension final FakeLanguageServer server = FakeLanguageServer.of(FAKE);

    @Test
    void the_settings_of_a_client_override_the_declared_ones() {
        passThrough("{\"workspace\":{\"configuration\":true}}");
        server.request("1", "fake/ask", ASK);
        var asked = server.editor().first(SettingsTest::isConfiguration);
        assertThat(asked.getAsJsonObject("params").toString())
                .isEqualTo(
                        "{\"items\":[{\"section\":\"fake.lint\",\"scopeUri\":\"file:///home/ann/a.fake\"},{\"section\":\"fake\"},{\"section\":\"other\"}]}");
        answer(
                asked,
                "[{\"level\":\"high\"},{\"program\":\"/bin/evil\",\"root\":\"file:///home/ann/src\"},null]");

        assertThat(result("1"))
                .isEqualTo(
                        "[{\"level\":\"high\",\"max\":3},"
                                + "{\"lint\":{\"level\":\"low\",\"max\":3},\"program\":\"ours\",\"root\":\"file:///home/ann/src\"},null]");
        assertThat(warning()).contains("fake.program", "Fake language server");
    }

    @Test
    void a_client_that_returns_nothing_or_an_error_keeps_the_declared_settings() {
        passThrough("{\"workspace\":{\"configuration\":true}}");
        server.request("1", "fake/ask", ASK);
        var asked = server.editor().first(SettingsTest::isConfiguration);
        answer(asked, "[null,null,null]");
        assertThat(result("1")).isEqualTo(OURS);

        for (var wrong :
                new String[] {"[]", "null", "{}", "7", "[{\"a\":\"file:///etc/passwd\"}]"}) {
            var id = "\"" + wrong.length() + wrong.charAt(0) + "\"";
            server.request(id, "fake/ask", ASK);
            var next = server.editor().first(message -> isConfiguration(message) && isNew(message));
            answer(next, wrong);
            assertThat(result(id)).as(wrong).isEqualTo(OURS);
        }
    }

    @Test
    void a_client_that_does_not_answer_in_five_seconds_gets_the_declared_settings() {
        passThrough("{\"workspace\":{\"configuration\":true}}");
        long start = System.nanoTime();
        server.request("1", "fake/ask", ASK);

        assertThat(result("1")).isEqualTo(OURS);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(WAIT_AT_LEAST, WAIT_AT_MOST);
    }

    @Test
    void a_client_without_the_capability_receives_no_requests() {
        passThrough("{}");
        server.request("1", "fake/ask", ASK);

        assertThat(result("1")).isEqualTo(OURS);
        assertThat(server.editor().allText()).doesNotContain("workspace/configuration");
    }

    @Test
    void initialization_options_reach_the_server_but_for_what_is_restricted() {
        var told =
                passThrough(
                        "{}",
                        "{\"tool\":{\"path\":\"/bin/evil\",\"speed\":2},\"depth\":7,\"in\":\"file:///home/ann/b\"}");

        assertThat(told)
                .contains(
                        "\"initializationOptions\":{\"tool\":{\"path\":\"/opt/ls/tool\",\"speed\":2},\"depth\":7,\"in\":\"file:///home/ann/b\"}");
        assertThat(warning()).contains("tool.path");
    }

    @Test
    void changed_settings_reach_a_server_that_runs_and_one_that_starts_again() {
        server.fixture()
                .host
                .open(
                        "s",
                        "fake",
                        ClientProfile.routed(ClientFolders.one("file:///home/ann"), "{}"));
        server.fixture().host.configure("s", settings("{\"fake\":{\"lint\":{\"level\":\"mid\"}}}"));
        assertThat(settingsOfServer("1"))
                .contains("{\"lint\":{\"level\":\"mid\",\"max\":3},\"program\":\"ours\"}");

        server.fixture()
                .host
                .configure(
                        "s",
                        settings(
                                "{\"fake\":{\"program\":\"/bin/evil\",\"schemas\":{\"https://evil.example/s\":\"*\",\"./s.json\":\"*\"}}}"));
        var changed = settingsOfServer("2");
        assertThat(changed)
                .contains("\"program\":\"ours\"", "\"./s.json\":\"*\"")
                .doesNotContain("evil", "mid");
        server.fixture()
                .host
                .pids("s")
                .forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());
        server.editor().sentence("! ");
        assertThat(settingsOfServer("3")).isEqualTo(changed);

        server.request("4", "fake/ask", ASK);
        assertThat(result("4")).contains("\"./s.json\":\"*\"");
    }

    @Test
    void a_server_without_a_list_gets_no_settings_of_clients() {
        server.fixture()
                .host
                .open("s", "fake", ClientProfile.routed(ClientFolders.one(null), "{}"));
        server.fixture().host.configure("s", settings("{\"anything\":1}"));
        server.fixture()
                .send("s", "closed", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fake/settings\"}");

        assertThat(server.editor().answer("1").get("result").toString())
                .isEqualTo("{\"settings\":{}}");
    }

    @Test
    void empty_lists_of_a_client_keep_each_folder_with_an_environment_separate() throws Exception {
        restartWithInnerEnvironment();
        passThrough("{\"workspace\":{\"configuration\":true}}");
        server.request("1", "fake/ask", ASK_PYTHON);
        var lists = "{\"include\":[],\"exclude\":[],\"extraPaths\":[]}";
        answer(
                server.editor().first(SettingsTest::isConfiguration),
                "[{\"analysis\":" + lists + "}," + lists + "]");

        var settings = parsed("1");
        assertThat(JsonPath.at(settings.get(0), "analysis").toString())
                .isEqualTo(
                        "{\"include\":[],\"exclude\":[\"**/node_modules\",\"**/__pycache__\",\"**/.*\",\"api\"],\"extraPaths\":[]}");
        assertThat(settings.get(1).toString())
                .isEqualTo("{\"include\":[],\"exclude\":[],\"extraPaths\":[\"/home/ann\"]}");
    }

    @Test
    void lists_of_a_client_are_kept_beside_the_folders_with_environments() throws Exception {
        restartWithInnerEnvironment();
        passThrough("{\"workspace\":{\"configuration\":true}}");
        server.request("1", "fake/ask", ASK_PYTHON);
        answer(
                server.editor().first(SettingsTest::isConfiguration),
                "[{\"analysis\":{\"exclude\":[\"old\"]}},{\"extraPaths\":[\"libs\"]}]");

        var settings = parsed("1");
        assertThat(JsonPath.at(settings.get(0), "analysis.exclude").toString())
                .isEqualTo("[\"old\",\"api\"]");
        assertThat(JsonPath.at(settings.get(1), "extraPaths").toString())
                .isEqualTo("[\"libs\",\"/home/ann\"]");
    }

    @Test
    void what_a_project_excludes_is_kept_beside_the_folders_with_environments() throws Exception {
        Files.createDirectories(server.folder().resolve(".vscode"));
        Files.writeString(
                server.folder().resolve(".vscode/settings.json"),
                "{\"python.analysis.exclude\":[\"data/**\"]}");
        restartWithInnerEnvironment();
        passThrough("{}");
        server.request("1", "fake/ask", ASK_PYTHON);

        assertThat(JsonPath.at(parsed("1").get(0), "analysis.exclude").toString())
                .isEqualTo("[\"data/**\",\"api\"]");
    }

    @Test
    void schemas_of_a_client_are_used_beside_the_declared_ones() throws Exception {
        server.restart(SCHEMAS);
        passThrough("{}");
        for (var schemas : new String[] {"", "{\"url\":\"theirs\"},"}) {
            var list = schemas.isEmpty() ? "" : schemas.substring(0, schemas.length() - 1);
            server.send(settings("{\"json\":{\"schemas\":[" + list + "]}}"));
            assertThat(settingsOfServer("\"s" + schemas.length() + "\""))
                    .contains("\"schemas\":[" + schemas + "{\"url\":\"ours\"}]");
        }
    }

    /// gopls reads only the last part of a dotted name.
    @Test
    void programs_and_flags_of_gopls_are_restricted_in_every_section() {
        var policy = Objects.requireNonNull(Declarations.builtIn().find("go")).settings().policy();
        var dropped = new ArrayList<String>();
        var theirs =
                JsonParser.parseString(
                        "{'build.env':{'GOFLAGS':'x'},'build':{'buildFlags':['x']},'x.y.env':{},'env':{},"
                                + "'ui.environment':1,'hoverKind':'x'}");
        assertThat(policy.permitted("gopls", theirs, dropped::add))
                .isEqualTo(
                        JsonParser.parseString("{'build':{},'ui.environment':1,'hoverKind':'x'}"));
        assertThat(dropped)
                .containsExactlyInAnyOrder(
                        "gopls.build.env", "gopls.build.buildFlags", "gopls.x.y.env", "gopls.env");
        assertThat(policy.permitted("gopls.env", new JsonObject(), dropped::add).isJsonNull())
                .isTrue();
    }

    @Test
    void settings_of_eslint_get_the_form_that_its_server_expects() {
        var policy =
                Objects.requireNonNull(Declarations.builtIn().find("eslint")).settings().policy();
        for (var pair :
                new String[][] {
                    {"{'validate':['typescript'],'run':'onSave'}", "{'run':'onSave'}"},
                    {"{'validate':null,'enable':true}", "{'enable':true,'validate':'probe'}"},
                    {"{'validate':['vue'],'enable':false}", "{'enable':false,'validate':'off'}"},
                    {"{'validate':'on','enable':true}", "{'validate':'on','enable':true}"},
                    {"{'format':{'enable':false}}", "{'format':false}"},
                    {"{'format':{'enable':true}}", "{'format':true}"},
                    {"{'format':{}}", "{}"},
                    {"{'format':true}", "{'format':true}"},
                    {
                        "{'codeActionsOnSave':{'mode':'problems','rules':null}}",
                        "{'codeActionsOnSave':{'mode':'problems','rules':null},'codeActionOnSave':{'mode':'problems'}}"
                    },
                    {
                        "{'rules':{'customizations':[{'rule':'*','severity':'warn'},{'rule':1},2]}}",
                        "{'rules':{'customizations':[{'rule':'*','severity':'warn'},{'rule':1},2]},'rulesCustomizations':[{'rule':'*','severity':'warn'}]}"
                    },
                }) {
            var theirs = JsonParser.parseString("{'editor':{},'eslint':" + pair[0] + "}");
            var expected = JsonParser.parseString(pair[1]).getAsJsonObject();
            expected.add("editor", new JsonObject());
            var dropped = new ArrayList<String>();
            assertThat(policy.permitted("", theirs, dropped::add)).as(pair[0]).isEqualTo(expected);
            assertThat(dropped).isEmpty();
        }
    }

    /// A workspace whose folder `api` has a Python environment.
    private void restartWithInnerEnvironment() throws Exception {
        Files.createDirectories(server.folder().resolve("api/.venv"));
        Files.writeString(server.folder().resolve("api/.venv/pyvenv.cfg"), "version = 3.11.2\n");
        server.restart(PYTHON);
    }

    private JsonArray parsed(String id) {
        return JsonParser.parseString(result(id)).getAsJsonArray();
    }

    private String passThrough(String capabilities) {
        return passThrough(capabilities, "null");
    }

    private String passThrough(String capabilities, String options) {
        server.fixture().host.open("s", "fake", ClientProfile.passThrough());
        server.send(
                "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\",\"params\":{\"rootUri\":\"file:///home/ann\",\"capabilities\":"
                        + capabilities
                        + ",\"initializationOptions\":"
                        + options
                        + "}}");
        var told = server.editor().answer("\"i\"").toString();
        server.send("{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
        return told;
    }

    private String settingsOfServer(String id) {
        server.request(id, "fake/settings", "{}");
        return server.editor().answer(id).get("result").toString();
    }

    private String warning() {
        return server.editor().notification("window/logMessage", _ -> true).toString();
    }

    private String result(String id) {
        return server.editor().answer(id).getAsJsonObject("result").get("result").toString();
    }

    private boolean isNew(JsonObject request) {
        return !answered.contains(request.get("id").toString());
    }

    private void answer(JsonObject asked, String result) {
        answered.add(asked.get("id").toString());
        server.send(
                "{\"jsonrpc\":\"2.0\",\"id\":" + asked.get("id") + ",\"result\":" + result + "}");
    }

    private static String settings(String json) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":{\"settings\":"
                + json
                + "}}";
    }

    private static boolean isConfiguration(JsonObject message) {
        return message.toString().contains("\"method\":\"workspace/configuration\"");
    }
}
