package dev.qide.server.cli.relay;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.ExternalUris;
import dev.qide.server.language.JsonPath;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Shows documents outside the workspace (`qide-external:`) to an editor that only opens files: as
/// read-only copies in a folder, fetched with `workspace/textDocumentContent` before the editor
/// gets the answer that leads to them.
///
/// An editor that announces `workspace.textDocumentContent` itself gets every message as it is.
/// Thread-safe.
final class ExternalFiles {
    /// Messages that wait for their documents; further ones do not wait.
    private static final int WAITING_MESSAGES = 64;

    /// Documents that are fetched for one message.
    private static final int DOCUMENTS_OF_A_MESSAGE = 256;

    private static final Duration FETCH_WITHIN = Duration.ofSeconds(5);

    /// How long a copy is taken as current.
    private static final Duration CURRENT_FOR = Duration.ofMinutes(1);

    private static final String OWN_ID = "qide-lsp:";
    private static final String INITIALIZE = "\"initialize\"";

    /// `MessageType.Warning` (LSP 3.18).
    private static final int WARNING = 2;

    private final Path folder;
    private final ExternalUris uris;
    private final Consumer<String> toServer;
    private final Consumer<String> toEditor;
    private final Map<String, CompletableFuture<String>> requests = new ConcurrentHashMap<>();
    private final Map<String, Long> fetchedNanos = new ConcurrentHashMap<>();
    private final Semaphore waiting = new Semaphore(WAITING_MESSAGES);
    private final AtomicLong lastId = new AtomicLong();
    private volatile boolean isNeeded;

    /// @param folder for the copies; created by this, its last name occurs in no other path
    /// @param toServer sends one message; may block
    /// @param toEditor the same
    ExternalFiles(Path folder, Consumer<String> toServer, Consumer<String> toEditor)
            throws IOException {
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.folder = folder.toRealPath();
        this.uris = new ExternalUris(this.folder);
        this.toServer = toServer;
        this.toEditor = toEditor;
    }

    /// A message of the editor, for the server.
    String fromEditor(String message) {
        try {
            if (!isNeeded && message.contains(INITIALIZE)) {
                initialize(message);
            }
            return isNeeded ? uris.toExternal(message) : message;
        } catch (FailureException _) {
            return message; // The server says what is wrong with it.
        }
    }

    /// Passes a message of the server on to the editor: now, or when its documents are there.
    void fromServer(String message) {
        if (!isNeeded) {
            toEditor.accept(message);
        } else if (!isOwnAnswer(message)) {
            pass(message);
        }
    }

    private void initialize(String message) {
        try {
            if (JsonParser.parseString(message) instanceof JsonObject request
                    && INITIALIZE.equals(String.valueOf(request.get("method")))) {
                var own = JsonPath.at(request, "params.capabilities.workspace.textDocumentContent");
                isNeeded = !own.isJsonObject();
            }
        } catch (JsonParseException _) {
            // The server reports it.
        }
    }

    private void pass(String message) {
        String text;
        ExternalUris.Links links;
        try {
            text = uris.toFiles(message);
            links = ExternalUris.linksOf(message);
        } catch (FailureException _) {
            toEditor.accept(message);
            return;
        }
        var missing =
                links.documents().stream()
                        .filter(uri -> !isCurrent(uri))
                        .limit(DOCUMENTS_OF_A_MESSAGE)
                        .toList();
        if (missing.isEmpty() || !waiting.tryAcquire()) {
            toEditor.accept(text);
            return;
        }
        if (!links.hasId()) {
            // Notifications keep their order.
            toEditor.accept(text);
        }
        var _ =
                Thread.ofVirtual()
                        .name("external-files")
                        .start(() -> {
                            try {
                                fetch(missing);
                            } finally {
                                waiting.release();
                                if (links.hasId()) {
                                    toEditor.accept(text);
                                }
                            }
                        });
    }

    private boolean isCurrent(String uri) {
        var fetched = fetchedNanos.get(uri);
        return fetched != null && System.nanoTime() - fetched < CURRENT_FOR.toNanos();
    }

    private void fetch(List<String> documents) {
        var answers = documents.stream().map(this::request).toList();
        for (int i = 0; i < documents.size(); i++) {
            var uri = documents.get(i);
            try {
                save(uri, answers.get(i).get());
                fetchedNanos.put(uri, System.nanoTime());
            } catch (ExecutionException refused) {
                warnNotShown(uri, reason(refused.getCause()));
            } catch (IOException unwritable) {
                warnNotShown(uri, "its copy cannot be written: " + unwritable.getMessage());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static String reason(@Nullable Throwable failure) {
        return failure instanceof Refused refused
                ? refused.sentence
                : "the server does not answer: request it once more.";
    }

    private CompletableFuture<String> request(String uri) {
        var id = OWN_ID + lastId.incrementAndGet();
        var answer = new CompletableFuture<String>();
        requests.put(id, answer);
        var _ =
                answer.orTimeout(FETCH_WITHIN.toSeconds(), TimeUnit.SECONDS)
                        .whenComplete((_, _) -> requests.remove(id));
        var params = new JsonObject();
        params.addProperty("uri", uri);
        try {
            toServer.accept(request(id, params));
        } catch (CompletionException ended) {
            answer.completeExceptionally(ended);
        }
        return answer;
    }

    /// The server's answer to a request of ours is kept from the editor.
    private boolean isOwnAnswer(String message) {
        if (!message.contains(OWN_ID)
                || !(JsonParser.parseString(message) instanceof JsonObject answer)
                || !(answer.get("id") instanceof JsonPrimitive id)
                || !id.getAsString().startsWith(OWN_ID)) {
            return false;
        }
        var waits = requests.get(id.getAsString());
        var text = JsonPath.at(answer, "result.text");
        if (waits != null && text.isJsonPrimitive()) {
            waits.complete(text.getAsString());
        } else if (waits != null) {
            var reason = JsonPath.at(answer, "error.message");
            waits.completeExceptionally(
                    new Refused(reason.isJsonPrimitive() ? reason.getAsString() : "no text"));
        }
        return true;
    }

    /// A copy that is as it was is not written again: its editor would ask whether to read it.
    private void save(String uri, String text) throws IOException {
        var file = uris.fileOf(uri);
        if (file == null) {
            throw new IOException("its name is no path");
        }
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), bytes)) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return;
        }
        Files.createDirectories(file.getParent());
        var copy = Files.createTempFile(file.getParent(), ".", ".part");
        Files.write(copy, bytes);
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("r--r--r--"));
        Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void warnNotShown(String uri, String reason) {
        toEditor.accept(
                ReplayState.shown(WARNING, "%s cannot be shown: %s".formatted(uri, reason)));
    }

    private static String request(String id, JsonObject params) {
        var request = new JsonObject();
        request.addProperty("jsonrpc", "2.0");
        request.addProperty("id", id);
        request.addProperty("method", "workspace/textDocumentContent");
        request.add("params", params);
        return request.toString();
    }

    /// The server has answered with an error.
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final String sentence;

        private Refused(String sentence) {
            super(sentence);
            this.sentence = sentence;
        }
    }
}
