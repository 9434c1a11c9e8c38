package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ann's edits of files in which Bob is typing: with the real pyright, and with a server that
/// answers when it is told to.
class WorkspaceEditsTest {
    private static final String FAKE =
            """
            {"servers":[
            {"id":"slow","title":"Slow","language":"slow","languageIds":["slow"],"files":["*.p"],
             "command":["${node}","${workspace}/fake.mjs","slow"],"runsProjectCode":true,
             "capabilities":{"renameProvider":true,"codeActionProvider":true,
              "executeCommandProvider":{"commands":["slow.rename","slow.large"]}}}]}
            """;
    private static final String NAME = "area";
    private static final String SHAPES = "def area(r: int) -> int:\n    return r\n";
    private static final String USES = "from lib.shapes import area\n\nprint(area(1))\n";
    private static final String TEXT = "one area\ntwo\nthree area\n";
    private static final int ATTEMPTS = 10;
    private static final int CONTENT_MODIFIED = -32801;
    private static final int SYNC = 0;
    private static final int STEP_2 = 1;
    private static final int STEP_1 = 0;
    private static final int UPDATE = 2;
    private static final int SYNC_STATUS = 8;

    @TempDir static Path folder;
    private static Path workspace;
    private static TestServer server;

    private TestClient ann;
    private TestClient bob;
    private Doc text;
    private String path = "";
    private String root = "file:///";
    private int acknowledged;
    private boolean isOpen;

    @BeforeAll
    static void start() throws IOException {
        workspace = Files.createDirectory(folder.resolve("workspace"));
        for (int i = 1; i <= 12; i++) {
            Files.writeString(workspace.resolve("b%d.p".formatted(i)), TEXT);
        }
        var lib = Files.createDirectory(workspace.resolve("lib"));
        Files.writeString(lib.resolve("__init__.py"), "");
        Files.writeString(lib.resolve("shapes.py"), SHAPES);
        Files.writeString(workspace.resolve("uses.py"), USES);
        server = FakeServers.start(workspace, folder.resolve("fakes.json"), FAKE);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() throws IOException {
        ann = TestClient.connect(server.ws("/ws/demo"), server.token());
        ann.result(
                "initialize",
                "{'processId':null,'rootUri':null,'capabilities':{'workspace':{'applyEdit':true}}}");
        ann.tell("initialized", "{}");
        bob = TestClient.connect(server.ws("/ws/demo"), server.token());
        text = new Doc();
    }

    @AfterEach
    void leave() {
        ann.close();
        bob.close();
        text.close();
    }

    @Test
    void a_rename_right_after_somebody_typed_in_a_closed_file_finds_every_use() throws Exception {
        var shapes = "file:///lib/shapes.py";
        ann.open(shapes, "python", SHAPES);
        join("uses.py");
        // Until pyright has read all files.
        await(() -> rename(shapes).toString().contains("uses.py"));

        for (int i = 0; i < 5; i++) {
            type(0, "import os\n");
            type(text().length(), "print(area(2))\n");
            int uses = 3 + i;
            var edit =
                    untilApplied(() -> {
                        long asked = System.nanoTime();
                        var found = rename(shapes).getAsJsonObject("result");
                        // After a second the server no longer waits for the files.
                        boolean isLate = System.nanoTime() - asked > 1_000_000_000L;
                        return found != null && isLate && covered(found).size() < uses
                                ? null
                                : found;
                    });

            assertThat(covered(edit)).hasSize(uses).containsOnly(NAME);
        }
    }

    @Test
    void an_edit_moves_with_what_is_typed_while_it_is_computed() throws Exception {
        join("b1.p");

        var edit =
                untilApplied(() -> {
                    int id = ask();
                    type(0, "zero\n");
                    type(text().indexOf("two"), "and ");
                    type(text().length(), "four\n");
                    release();
                    return answered(id).getAsJsonObject("result");
                });

        assertThat(covered(edit)).containsExactly(NAME, NAME);
    }

    @Test
    void an_edit_of_characters_that_somebody_changes_is_refused_with_a_sentence() throws Exception {
        join("b2.p");
        int id = ask();

        type(text().indexOf(NAME) + 2, "x");

        release();
        assertThat(warning()).startsWith(path + " changed, or could not be read, while");
        assertThat(errorCode(answered(id))).isEqualTo(CONTENT_MODIFIED);
    }

    @Test
    void an_edit_of_a_file_that_is_written_meanwhile_is_refused() throws Exception {
        join("b3.p");
        int id = ask();

        type(0, "zero\n");
        await(this::isWritten);

        release();
        assertThat(warning()).startsWith(path + " changed, or could not be read, while");
        assertThat(errorCode(answered(id))).isEqualTo(CONTENT_MODIFIED);
    }

    @Test
    void an_edit_that_a_server_requests_is_moved_or_refused() throws Exception {
        join("b4.p");

        var edit =
                untilApplied(() -> {
                    run();
                    type(0, "zero\n");
                    release();
                    var asked = ann.await(WorkspaceEditsTest::isEditOrWarning);
                    return asked.getAsJsonObject("params").getAsJsonObject("edit");
                });

        assertThat(covered(edit)).containsExactly(NAME, NAME);
        await(this::isWritten);

        int id = run();
        type(text().indexOf(NAME) + 2, "x");
        release();

        assertThat(warning()).startsWith(path + " changed, or could not be read, while");
        assertThat(answered(id).get("result").toString()).contains("\"applied\":false", path);
    }

    @Test
    void a_code_action_whose_edit_does_not_fit_is_left_out() throws Exception {
        join("b5.p");
        open();
        int id =
                ann.ask(
                        "textDocument/codeAction",
                        "{'textDocument':{'uri':'"
                                + a()
                                + "'},'range':{'start':{'line':0,'character':0},'end':{'line':0,'character':4}},'context':{'diagnostics':[]},'renames':'"
                                + path
                                + "'}");
        ann.result("fake/prepared", "{'textDocument':{'uri':'" + a() + "'}}");

        type(text().indexOf(NAME) + 2, "x");
        release();

        assertThat(answered(id).getAsJsonArray("result"))
                .extracting(action -> action.getAsJsonObject().get("title").getAsString())
                .containsExactly("without one");
    }

    @Test
    void an_edit_is_applied_while_a_large_file_grows() throws Exception {
        join("b6.p");
        for (int i = 0; i < 3; i++) {
            int id = ask();

            Files.write(
                    workspace.resolve("dev.log"),
                    new byte[2 << 20],
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            ann.await(message -> isNotification(message, "qide/treeChanged"));

            release();
            assertThat(answered(id).has("result")).isTrue();
        }
    }

    @Test
    void an_edit_of_an_editor_with_files_of_its_own_keeps_its_ranges() throws Exception {
        join("b7.p");
        ann.close();
        ann = TestClient.connect(server.ws("/ws/demo"), server.token());
        ann.result(
                "initialize", "{'processId':null,'rootUri':'file:///elsewhere','capabilities':{}}");
        ann.tell("initialized", "{}");
        root = "file:///elsewhere/";

        var edit =
                untilApplied(() -> {
                    int id = ask();
                    type(0, "zero\n");
                    release();
                    return answered(id).getAsJsonObject("result");
                });

        assertThat(edits(edit, path).toString()).contains("\"line\":0", "\"line\":2");
    }

    @Test
    void an_edit_of_a_file_that_is_opened_while_it_is_computed_is_refused() throws Exception {
        join("b8.p");
        int id = ask();
        ann.open(root + path, "slow", TEXT);

        type(0, "zero\n");

        release();
        assertThat(warning()).startsWith(path + " changed, or could not be read, while");
        assertThat(errorCode(answered(id))).isEqualTo(CONTENT_MODIFIED);
    }

    @Test
    void a_command_of_an_open_document_is_applied_while_an_older_command_runs() throws Exception {
        path = "b10.p";
        run();
        join("b11.p");
        ann.open(root + path, "slow", TEXT);
        type(0, "zero\n");
        await(this::isWritten);

        ann.ask(
                "workspace/executeCommand",
                "{'command':'slow.rename','arguments':['" + path + "',3]}");
        ann.result("fake/prepared", "{'textDocument':{'uri':'" + a() + "'}}");
        release();

        for (var expected : List.of("b10.p", "b11.p")) {
            assertThat(ann.await(WorkspaceEditsTest::isEditOrWarning).toString())
                    .contains("workspace/applyEdit", expected);
        }
    }

    @Test
    void a_command_with_a_large_answer_has_ended() throws Exception {
        join("b12.p");
        open();
        ann.result("workspace/executeCommand", "{'command':'slow.large'}");
        type(0, "zero\n");
        await(this::isWritten);

        // The file counts as written shortly after it has the text.
        var edit =
                untilApplied(() -> {
                    run();
                    release();
                    var asked = ann.await(WorkspaceEditsTest::isEditOrWarning);
                    return asked.getAsJsonObject("params").getAsJsonObject("edit");
                });

        assertThat(covered(edit)).containsExactly(NAME, NAME);
    }

    @Test
    void what_a_server_sends_after_an_edit_arrives_after_it() {
        path = "b9.p";
        for (int i = 0; i < ATTEMPTS; i++) {
            run();
        }

        int last = ann.ask("fake/send", "{'textDocument':{'uri':'" + a() + "'}}");

        for (int i = 0; i < ATTEMPTS; i++) {
            ann.await(WorkspaceEditsTest::isEditOrWarning);
        }
        answered(last);
    }

    /// Asks the slow server for a rename; it has computed the answer then.
    private int ask() {
        open();
        int id = ann.ask("textDocument/rename", position(a(), 0).replace("surface", path));
        ann.result("fake/prepared", "{'textDocument':{'uri':'" + a() + "'}}");
        return id;
    }

    /// Runs a command of the slow server; it has computed the edit then.
    private int run() {
        open();
        int id =
                ann.ask(
                        "workspace/executeCommand",
                        "{'command':'slow.rename','arguments':['" + path + "']}");
        ann.result("fake/prepared", "{'textDocument':{'uri':'" + a() + "'}}");
        return id;
    }

    private String a() {
        return root + "a.p";
    }

    private void open() {
        if (!isOpen) {
            ann.open(a(), "slow", "area\n");
            isOpen = true;
        }
    }

    private void release() {
        ann.ask("fake/send", "{'textDocument':{'uri':'" + a() + "'}}");
    }

    private JsonObject answered(int id) {
        return ann.await(message ->
                !message.has("method") && new JsonPrimitive(id).equals(message.get("id")));
    }

    private JsonObject rename(String uri) {
        return ann.answer("textDocument/rename", position(uri, 4));
    }

    /// Asks again like a person, since on a busy machine the file may be written meanwhile.
    ///
    /// @param request an edit; null when it was refused
    private static JsonObject untilApplied(Supplier<@Nullable JsonObject> request) {
        for (int i = 0; i < ATTEMPTS; i++) {
            var edit = request.get();
            if (edit != null) {
                return edit;
            }
        }
        throw new AssertionError("refused " + ATTEMPTS + " times");
    }

    private static boolean isEditOrWarning(JsonObject message) {
        return message.toString().contains("workspace/applyEdit")
                || isNotification(message, "window/showMessage");
    }

    private static String position(String uri, int character) {
        return "{'textDocument':{'uri':'%s'},'position':{'line':0,'character':%d},'newName':'surface'}"
                .formatted(uri, character);
    }

    private String warning() {
        return ann.await(message -> isNotification(message, "window/showMessage"))
                .getAsJsonObject("params")
                .get("message")
                .getAsString();
    }

    /// The characters of the shared text that an edit replaces.
    private List<String> covered(JsonObject edit) {
        var lines = text().split("\n", -1);
        return edits(edit, path).asList().stream()
                .map(one -> one.getAsJsonObject().getAsJsonObject("range"))
                .map(range -> {
                    var start = range.getAsJsonObject("start");
                    var end = range.getAsJsonObject("end");
                    assertThat(start.get("line")).isEqualTo(end.get("line"));
                    return lines[start.get("line").getAsInt()].substring(
                            start.get("character").getAsInt(), end.get("character").getAsInt());
                })
                .toList();
    }

    private JsonArray edits(JsonObject edit, String path) {
        var uri = root + path;
        if (edit.get("changes") instanceof JsonObject changes) {
            return changes.getAsJsonArray(uri);
        }
        return edit.getAsJsonArray("documentChanges").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(one ->
                        new JsonPrimitive(uri)
                                .equals(one.getAsJsonObject("textDocument").get("uri")))
                .findFirst()
                .orElseThrow()
                .getAsJsonArray("edits");
    }

    /// Bob opens a document.
    private void join(String itsPath) {
        path = itsPath;
        bob.authenticate(path, "");
        bob.requestContent(path);
        acknowledged = 0;
        while (text().isEmpty() || acknowledged == 0) {
            receive();
        }
    }

    private void receive() {
        var frame = bob.frame();
        if (frame.length == 1) {
            return;
        }
        var in = new Lib0Decoder(frame);
        var _ = in.readVarString();
        long type = in.readVarUint();
        if (type == SYNC_STATUS) {
            acknowledged++;
        } else if (type == SYNC) {
            long kind = in.readVarUint();
            if (kind == STEP_1) {
                send(STEP_2, text.encodeStateAsUpdate());
            } else {
                text.applyUpdate(in.readVarBytes());
            }
        }
    }

    private void send(int kind, byte[] body) {
        bob.binary(
                new Lib0Encoder()
                        .writeVarString(path)
                        .writeVarUint(SYNC)
                        .writeVarUint(kind)
                        .writeVarBytes(body)
                        .toBytes());
    }

    /// Bob types; the server has committed it then.
    private void type(int at, String characters) {
        var before = text.stateVector();
        text.transact(() -> text.text("content").insert(at, characters));
        send(UPDATE, text.encodeStateAsUpdate(before));
        int newest = acknowledged;
        while (acknowledged == newest) {
            receive();
        }
    }

    private boolean isWritten() {
        try {
            return Files.readString(workspace.resolve(path)).equals(text());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String text() {
        return text.text("content").toString();
    }
}
