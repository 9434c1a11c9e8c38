package dev.qide.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A connection that shows one terminal, as a client does.
final class TerminalWindow implements AutoCloseable {
    private static final int COLUMNS = 100;
    private static final int ROWS = 30;
    private static final String PROMPT = "$ ";
    private static final Pattern HALF = Pattern.compile("\\p{Cs}");

    private final TestClient client;
    private final StringBuilder shown = new StringBuilder();
    private String id = "";
    private long position;

    /// UTF-16 units of input.
    private long typed;

    private boolean isAcknowledging = true;
    private @Nullable JsonObject exit;

    private TerminalWindow(TestClient client) {
        this.client = client;
    }

    /// A connection without a terminal yet.
    static TerminalWindow connect(TestServer server, String workspace, String token) {
        var client = TestClient.connect(server.ws("/ws/" + workspace), token);
        client.initialize(null);
        return new TerminalWindow(client);
    }

    /// The same with a ticket, of somebody who has no token.
    static TerminalWindow withTicket(TestServer server, String workspace, String ticket) {
        var address = server.ws("/ws/" + workspace + "?ticket=" + ticket);
        var client = TestClient.connect(address, (String) null);
        client.initialize(null);
        return new TerminalWindow(client);
    }

    /// Opens a terminal, and waits for the prompt.
    TerminalWindow open() {
        id = result("qide/terminalOpen", size()).get("terminal").getAsString();
        typed = 0;
        awaitText(PROMPT);
        return this;
    }

    /// Shows the terminal of another connection.
    TerminalWindow attach(String terminal, long after) {
        id = terminal;
        var params = size();
        params.addProperty("terminal", terminal);
        params.addProperty("after", after);
        var attached = result("qide/terminalAttach", params);
        position = attached.get("position").getAsLong();
        typed = attached.get("input").getAsLong();
        return this;
    }

    static JsonObject size() {
        var size = new JsonObject();
        size.addProperty("columns", COLUMNS);
        size.addProperty("rows", ROWS);
        return size;
    }

    String id() {
        return id;
    }

    long position() {
        return position;
    }

    String shown() {
        return shown.toString();
    }

    TestClient client() {
        return client;
    }

    /// From now on, output is not acknowledged.
    void stopReading() {
        isAcknowledging = false;
    }

    void acknowledge() {
        isAcknowledging = true;
        sendAcknowledgement();
    }

    /// Types into the terminal.
    void type(String text) {
        accepted("qide/terminalInput", input(typed, text));
        typed += text.length();
    }

    long typed() {
        return typed;
    }

    /// The parameters of input at a position.
    JsonObject input(long at, String text) {
        var params = terminal();
        params.addProperty("position", at);
        params.addProperty("text", text);
        return params;
    }

    void resize(int columns, int rows) {
        var params = terminal();
        params.addProperty("columns", columns);
        params.addProperty("rows", rows);
        accepted("qide/terminalResize", params);
    }

    void end() {
        accepted("qide/terminalClose", terminal());
    }

    JsonObject terminal() {
        var params = new JsonObject();
        params.addProperty("terminal", id);
        return params;
    }

    /// Waits until the terminal has shown a text.
    void awaitText(String text) {
        await(() -> shown.indexOf(text) >= 0);
    }

    /// Types Ctrl+C, and waits until the shell asks for the next command: it may lose the first
    /// character of what is typed before.
    void interrupt() {
        int from = shown.length();
        type("\u0003");
        await(() -> {
            int ended = shown.indexOf("^C", from);
            return ended >= 0 && shown.indexOf(PROMPT, ended) >= 0;
        });
    }

    /// Waits for more output than this.
    void awaitBeyond(long characters) {
        await(() -> position > characters);
    }

    /// Waits for the end of the terminal.
    JsonObject awaitExit() {
        await(() -> exit != null);
        return java.util.Objects.requireNonNull(exit);
    }

    /// The result of a request; output that arrives meanwhile is shown.
    JsonObject result(String method, JsonObject params) {
        var answer = ask(method, params);
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        return answer.getAsJsonObject("result");
    }

    /// Makes a request that is answered with null.
    void accepted(String method, JsonObject params) {
        var answer = ask(method, params);
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
    }

    /// The code of a refused request.
    int refusal(String method, JsonObject params) {
        return TestClient.errorCode(ask(method, params));
    }

    JsonObject ask(String method, JsonObject params) {
        // A half of a character has no UTF-8: JavaScript escapes it in JSON.
        var json =
                HALF.matcher(params.toString())
                        .replaceAll(half -> "\\\\u%04x".formatted((int) half.group().charAt(0)));
        int request = client.ask(method, json);
        return client.await(message -> {
            note(message);
            return message.has("id") && message.get("id").getAsString().equals("" + request);
        });
    }

    private void await(BooleanSupplier condition) {
        if (!condition.getAsBoolean()) {
            try {
                var _ =
                        client.await(message -> {
                            note(message);
                            return condition.getAsBoolean();
                        });
            } catch (AssertionError failure) {
                throw new AssertionError("the terminal shows: " + shown, failure);
            }
        }
    }

    private void note(JsonObject message) {
        if (TestClient.isNotification(message, "qide/terminalOutput")) {
            var params = message.getAsJsonObject("params");
            var text = params.get("text").getAsString();
            if (params.get("terminal").getAsString().equals(id)) {
                assertThat(params.get("position").getAsLong()).isEqualTo(position);
                shown.append(text);
                position += text.length();
                if (isAcknowledging) {
                    sendAcknowledgement();
                }
            }
        } else if (TestClient.isNotification(message, "qide/terminalExit")) {
            exit = message.getAsJsonObject("params");
        }
    }

    private void sendAcknowledgement() {
        var params = terminal();
        params.addProperty("position", position);
        client.tell("qide/terminalAck", params.toString());
    }

    @Override
    public void close() {
        client.close();
    }
}
