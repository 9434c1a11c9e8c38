package dev.qide.server.language;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An editor session of a test: keeps every message it gets and waits for those it wants.
final class RecordingEditor implements EditorClient {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<JsonObject> messages = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final List<String> sentences = new ArrayList<>();

    @Override
    public synchronized void fromServer(String session, String language, String message) {
        texts.add(message);
        messages.add(JsonParser.parseString(message).getAsJsonObject());
        notifyAll();
    }

    @Override
    public void capabilities(String session, String language, String capabilities) {
        // What a server announces is the session's business.
    }

    @Override
    public synchronized void status(
            String session, String language, String sentence, boolean isProblem) {
        sentences.add((isProblem ? "! " : "") + sentence);
        notifyAll();
    }

    synchronized List<String> sentences() {
        return List.copyOf(sentences);
    }

    synchronized String allText() {
        return String.join("\n", texts);
    }

    /// The answer to a request.
    JsonObject answer(String idLiteral) {
        var id = JsonParser.parseString(idLiteral);
        return first(message -> !message.has("method") && id.equals(message.get("id")));
    }

    synchronized long answers(String idLiteral) {
        var id = JsonParser.parseString(idLiteral);
        return messages.stream()
                .filter(message -> !message.has("method") && id.equals(message.get("id")))
                .count();
    }

    JsonObject notification(String method, Predicate<JsonObject> wanted) {
        return first(message ->
                        new JsonPrimitive(method).equals(message.get("method"))
                                && wanted.test(message.getAsJsonObject("params")))
                .getAsJsonObject("params");
    }

    /// Diagnostics of a document that say something.
    List<String> diagnostics(String uri) {
        return notification(
                        "textDocument/publishDiagnostics",
                        params ->
                                params.get("uri").getAsString().equals(uri)
                                        && !params.getAsJsonArray("diagnostics").isEmpty())
                .getAsJsonArray("diagnostics")
                .asList()
                .stream()
                .map(diagnostic -> diagnostic.getAsJsonObject().get("message").getAsString())
                .toList();
    }

    synchronized String sentence(String part) {
        return await(
                () ->
                        sentences.stream()
                                .filter(sentence -> sentence.contains(part))
                                .findFirst()
                                .orElse(null),
                part);
    }

    synchronized void forget() {
        messages.clear();
        texts.clear();
        sentences.clear();
    }

    @Override
    public void ended(String session) {}

    synchronized JsonObject first(Predicate<JsonObject> wanted) {
        return await(() -> messages.stream().filter(wanted).findFirst().orElse(null), "a message");
    }

    private synchronized <T> T await(java.util.function.Supplier<@Nullable T> found, String what) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T value = found.get();
            if (value != null) {
                return value;
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(
                        what + " did not come; sentences " + sentences + "; messages " + texts);
            }
            try {
                wait(left);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new AssertionError(stop);
            }
        }
    }

    static JsonElement json(String text) {
        return JsonParser.parseString(text);
    }
}
