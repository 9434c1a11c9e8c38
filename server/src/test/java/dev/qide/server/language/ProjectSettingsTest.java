package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.qide.server.WorkspaceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The settings and schemas of a project reach its language servers, and no network is missed.
class ProjectSettingsTest {
    private static final String SETTINGS =
            """
            {
              // of the project
              "python.analysis.typeCheckingMode": "strict", /* all */
              "python.pythonPath": "/bin/evil",
              "json.schemas": [{"fileMatch": ["shapes.json"], "url": "./schema.json"}],
              "yaml.schemas": {"./schema.json": "shapes.yaml", "https://example.com/s.json": "remote.yaml"},
              "[python]": {"editor.tabSize": 4},
            }
            """;
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"number\"}}}";

    @RegisterExtension
    static final WorkspaceServer SERVER = new WorkspaceServer(ProjectSettingsTest::fill);

    private static void fill(Path workspace) throws IOException {
        Files.createDirectories(workspace.resolve(".vscode"));
        Files.writeString(workspace.resolve(".vscode/settings.json"), SETTINGS);
        Files.writeString(workspace.resolve("schema.json"), SCHEMA);
    }

    @Test
    void listed_settings_of_the_project_are_the_defaults_of_servers() {
        SERVER.client().open("file:///a.py", "python", "def area(size):\n    return size\n");

        assertThat(marked("file:///a.py", "reportMissingParameterType")).isNotEmpty();
    }

    @Test
    void schemas_of_the_workspace_are_named_by_path() {
        SERVER.client().open("file:///shapes.json", "json", "{\"size\": \"big\"}");
        SERVER.client().open("file:///shapes.yaml", "yaml", "size: big\n");

        assertThat(marked("file:///shapes.json", "number")).hasSize(1);
        assertThat(marked("file:///shapes.yaml", "number")).hasSize(1);
    }

    @Test
    void a_schema_behind_a_missing_network_is_no_error() {
        var json = "{\"$schema\": \"https://json.schemastore.org/package.json\", \"a\": 1";
        SERVER.client().open("file:///a.json", "json", json);
        assertThat(marked("file:///a.json", "Expected comma or closing brace").toString())
                .doesNotContain("schemastore", "Unable");
        SERVER.client()
                .open(
                        "file:///b.yaml",
                        "yaml",
                        "# yaml-language-server: $schema=https://json.schemastore.org/x.json\na: [1, 2\nb: 3\n");
        assertThat(marked("file:///b.yaml", "severity").toString())
                .doesNotContain("schemastore", "Unable");
        SERVER.client().open("file:///remote.yaml", "yaml", "a: [1, 2\nb: 3\n");
        assertThat(marked("file:///remote.yaml", "severity").toString())
                .doesNotContain("example.com", "Unable");
    }

    private JsonArray marked(String uri, String part) {
        return SERVER.client().diagnostics(uri, found -> found.toString().contains(part));
    }
}
