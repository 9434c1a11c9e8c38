package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/// An editor that has started `qide lsp` and exchanges messages with it over stdin and stdout.
final class StdioEditor implements AutoCloseable {
    private final PipedOutputStream toRelay = new PipedOutputStream();
    private final InputStream fromRelay;
    private final Thread relay;
    private int lastId;

    /// @param relaying runs the relay on a thread of this
    StdioEditor(BiConsumer<InputStream, OutputStream> relaying) throws IOException {
        var in = new PipedInputStream(toRelay, 1 << 20);
        var pipe = Pipe.open();
        fromRelay = new BufferedInputStream(Channels.newInputStream(pipe.source()));
        var out = Channels.newOutputStream(pipe.sink());
        relay = Thread.ofPlatform().start(() -> relaying.accept(in, out));
    }

    /// An editor that has started a process.
    static StdioEditor of(Process process) throws IOException {
        return new StdioEditor((in, out) -> {
            Thread.ofVirtual().start(() -> copy(in, process.getOutputStream()));
            copy(process.getInputStream(), out);
        });
    }

    /// Until one of them ends.
    private static void copy(InputStream from, OutputStream to) {
        try (to) {
            var bytes = new byte[8 << 10];
            for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
                to.write(bytes, 0, count);
                to.flush();
            }
        } catch (IOException _) {
            // The other side has ended.
        }
    }

    /// Ends the server as the protocol demands.
    void exit() throws IOException {
        ask("shutdown", "null");
        write("{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
    }

    void initialize(String workspace) throws IOException {
        ask(
                "initialize",
                "{\"processId\":null,\"rootUri\":\"file:///home/ann\",\"capabilities\":{\"workspace\":"
                        + workspace
                        + "}}");
        write("{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
    }

    void open(String uri, String text) throws IOException {
        write(
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":%s,\"languageId\":\"python\",\"version\":1,\"text\":%s}}}"
                        .formatted(new JsonPrimitive(uri), new JsonPrimitive(text)));
    }

    String definition(String uri, int line, int character) throws IOException {
        var places = ask("textDocument/definition", at(uri, line, character)).getAsJsonArray();
        return places.get(0).getAsJsonObject().get("uri").getAsString();
    }

    JsonElement ask(String method, String params) throws IOException {
        var answer = answer(method, params);
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        return answer.get("result");
    }

    /// The whole answer to a request.
    JsonObject answer(String method, String params) throws IOException {
        int id = ++lastId;
        write(
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}"
                        .formatted(id, method, params));
        while (true) {
            var message = read();
            if (!message.has("method") && message.get("id").getAsInt() == id) {
                return message;
            }
        }
    }

    void write(String message) throws IOException {
        toRelay.write(frames(message));
        toRelay.flush();
    }

    /// The next message of the relay.
    JsonObject read() throws IOException {
        int length = 0;
        for (var line = line(); !line.isEmpty(); line = line()) {
            length = Integer.parseInt(line.replaceAll("\\D", ""));
        }
        var body = new String(fromRelay.readNBytes(length), StandardCharsets.UTF_8);
        return JsonParser.parseString(body).getAsJsonObject();
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int octet = fromRelay.read(); octet != '\n'; octet = fromRelay.read()) {
            assertThat(octet).as("the relay has ended").isNotNegative();
            line.append((char) octet);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        toRelay.close();
        try {
            relay.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    static String at(String uri, int line, int character) {
        return "{\"textDocument\":{\"uri\":%s},\"position\":{\"line\":%d,\"character\":%d}}"
                .formatted(new JsonPrimitive(uri), line, character);
    }

    static byte[] frames(String... messages) {
        var frames = new ByteArrayOutputStream();
        for (var message : messages) {
            var body = message.getBytes(StandardCharsets.UTF_8);
            frames.writeBytes(
                    ("content-length: " + body.length + "\r\nContent-Type: a\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            frames.writeBytes(body);
        }
        return frames.toByteArray();
    }
}
