package dev.qide.server.language;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A JUnit extension: the language server `src/test/resources/language/fake`, which misbehaves on
/// request, in a sandbox, and one editor session `s` with it. Registered as an instance field.
final class FakeLanguageServer implements BeforeEachCallback, AfterEachCallback {
    private static final String SESSION = "s";
    private static final String LANGUAGE = "fake";

    private final String declaration;
    private @Nullable Path folder;
    private @Nullable LanguageFixture fixture;

    private FakeLanguageServer(String declaration) {
        this.declaration = declaration;
    }

    /// @param declaration the content of a `languages.json` that declares the language `fake`
    static FakeLanguageServer of(String declaration) {
        return new FakeLanguageServer(declaration);
    }

    LanguageFixture fixture() {
        return Objects.requireNonNull(fixture);
    }

    RecordingEditor editor() {
        return fixture().editor;
    }

    /// The directory of the workspace `fake`.
    Path folder() {
        return Objects.requireNonNull(folder);
    }

    /// Replaces the language host by a new one with this declaration.
    void restart(String json) throws IOException, InterruptedException {
        fixture().close();
        start(json);
    }

    private void start(String json) throws IOException, InterruptedException {
        fixture = new LanguageFixture(Declarations.of(json), true);
        if (Files.exists(folder().resolve("fake.mjs"))) {
            fixture.add(LANGUAGE, folder(), false);
        } else {
            fixture.workspace(LANGUAGE, folder());
        }
    }

    /// Opens the session as `/ws` does.
    void routed() {
        fixture().host.open(SESSION, LANGUAGE, ClientProfile.routed(ClientFolders.one(null), "{}"));
    }

    void send(String json) {
        fixture().send(SESSION, LANGUAGE, json);
    }

    /// @param id as a JSON literal
    /// @param params as JSON text
    void request(String id, String method, String params) {
        send(
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":%s}"
                        .formatted(id, method, params));
    }

    void request(String id, String method) {
        request(id, method, "{\"textDocument\":{\"uri\":\"file:///a.fake\"}}");
    }

    void open(String text) {
        fixture().open(SESSION, LANGUAGE, "file:///a.fake", LANGUAGE, text);
    }

    /// Replaces the whole text of `a.fake`.
    void change(String text) {
        var change = new JsonObject();
        change.addProperty("text", text);
        send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\",\"version\":2},\"contentChanges\":["
                        + change
                        + "]}}");
    }

    /// The code of the error that answers this request.
    int errorCode(String id) {
        return editor().answer(id).getAsJsonObject("error").get("code").getAsInt();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException, InterruptedException {
        folder = Files.createTempDirectory("qide-fake");
        start(declaration);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        if (fixture != null) {
            fixture.close();
        }
        try (var files = Files.walk(folder())) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
