package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/// The diagnostics of open documents from a server on `/ws`.
///
/// Some servers only answer pulls (`textDocument/diagnostic`, LSP 3.18 "Pull Diagnostics"). An
/// editor that can register pulls per server pulls them itself; after a restart of the server it
/// gets a `workspace/diagnostic/refresh`. Any other editor gets all diagnostics as
/// `textDocument/publishDiagnostics`: they are pulled here for a document that was opened, changed
/// or saved, and for all documents on `workspace/diagnostic/refresh`. At most one pull per document
/// is pending. A result for a text that has changed since is dropped, as the next pull is pending:
/// while somebody types, diagnostics appear when the server has caught up. The diagnostics of a
/// server that ended are cleared.
///
/// Owned by the link's thread.
final class ServerDiagnostics {
    private static final int ASKED_AT_ONCE = 4;
    private static final int MARKED_DOCUMENTS = 2_000;
    private static final JsonPrimitive UNHANDLED = new JsonPrimitive(-32601);
    private static final String REFRESH = "workspace/diagnostic/refresh";
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    private final ServerLink link;
    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final OpenDocuments documents;
    private final LongSupplier numbers;

    /// Whether the editor itself pulls.
    private final boolean isPulledByEditor;

    /// Whether the editor takes a `workspace/diagnostic/refresh`.
    private final boolean isRefreshed;

    /// The number of starts of a server.
    private long begun;

    /// The documents to pull, in the client's URIs.
    private final Set<String> due = new LinkedHashSet<>();

    /// The documents whose pull failed. They are due with the next sweep, so that a server that
    /// always fails is not pulled in a loop.
    private final Set<String> failed = new LinkedHashSet<>();

    private final Map<Long, PendingPull> pendingPulls = new LinkedHashMap<>();
    private final Set<String> published = new HashSet<>();

    private record PendingPull(String uri, long sinceNanos) {}

    /// @param numbers unused ids for messages to the server
    ServerDiagnostics(
            ServerLink link,
            ClientNotifier notifier,
            MessageTexts texts,
            OpenDocuments documents,
            LongSupplier numbers) {
        this.link = link;
        this.notifier = notifier;
        this.texts = texts;
        this.documents = documents;
        this.numbers = numbers;
        var editor = RoutedCapabilities.read(notifier.context().client().capabilities());
        this.isPulledByEditor = RoutedCapabilities.pullsDiagnostics(editor);
        this.isRefreshed = JsonPath.isTrue(editor, "workspace.diagnostics.refreshSupport");
    }

    /// Handles a request of the server.
    void pendingPulls(RunningServer running, JsonRpcEnvelope envelope) {
        if (REFRESH.equals(envelope.method())) {
            pullAll(running);
        }
    }

    /// Pulls all documents, which the server has just received, or lets the editor pull them.
    void begin(RunningServer running) {
        begun++;
        if (isPulledByEditor && isRefreshed && begun > 1 && running.pullsDiagnostics()) {
            // The response is ignored.
            var language = notifier.context().server().language();
            var id = "\"qide:" + language + ":refresh" + begun + "\"";
            notifier.send(JsonRpcWriter.request(id, REFRESH, new JsonObject()));
        }
        pullAll(running);
    }

    private void pullAll(RunningServer running) {
        if (isPulling(running)) {
            due.addAll(documents.uris());
            pullDue(running);
        }
    }

    /// Handles a notification about a document that was sent to the server.
    void documentChanged(RunningServer running, JsonRpcEnvelope envelope) {
        var method = String.valueOf(envelope.method());
        if (!isPulling(running)
                || !method.startsWith("textDocument/did")
                || !(envelope.tree().get("textDocument") instanceof JsonObject document)
                || !(document.get("uri") instanceof JsonPrimitive named)) {
            return;
        }
        var uri = named.getAsString();
        if (documents.has(uri)) {
            failed.remove(uri);
            due.add(uri);
            pullDue(running);
        } else {
            due.remove(uri);
            failed.remove(uri);
            clearPublished(uri);
        }
    }

    /// Handles a server's response to a pull.
    void answered(RunningServer running, long number, String message) {
        var question = pendingPulls.remove(number);
        if (question == null) {
            return;
        }
        var uri = question.uri();
        if (due.contains(uri) || !documents.has(uri)) {
            pullDue(running);
            return;
        }
        var answer = texts.tree(texts.rewritten(running.toClient(), message, null));
        if (answer.get("result") instanceof JsonObject report
                && report.get("items") instanceof JsonArray items) {
            running.requestAnswered();
            remember(uri, items);
            notifier.forward(running, JsonRpcWriter.notification(PUBLISH, params(uri, items)));
        }
        if (answer.get("error") instanceof JsonObject error) {
            if (UNHANDLED.equals(error.get("code"))) {
                // It announces pulls but does not answer them: it pushes its diagnostics.
                running.setPushesDiagnostics();
                due.clear();
                failed.clear();
                return;
            }
            failed.add(uri);
        }
        pullDue(running);
    }

    /// Handles a `textDocument/publishDiagnostics` of the server, in the client's URIs.
    void notificationReceived(String message) {
        if (isRouted()
                && texts.tree(message).get("params") instanceof JsonObject params
                && params.get("uri") instanceof JsonPrimitive uri
                && params.get("diagnostics") instanceof JsonArray items) {
            remember(uri.getAsString(), items);
        }
    }

    /// Gives up late pulls and repeats failed ones.
    void sweep(RunningServer running, Duration longest) {
        long now = System.nanoTime();
        pendingPulls.values().removeIf(one -> now - one.sinceNanos() >= longest.toNanos());
        due.addAll(failed);
        failed.clear();
        pullDue(running);
    }

    /// Handles the stop of an idle server: its published diagnostics stay.
    void serverIdle() {
        due.clear();
        failed.clear();
        pendingPulls.clear();
    }

    /// Handles the end of the server.
    void ended() {
        serverIdle();
        new ArrayList<>(published).forEach(this::clearPublished);
    }

    private void pullDue(RunningServer running) {
        Iterator<String> next = due.iterator();
        while (pendingPulls.size() < ASKED_AT_ONCE && next.hasNext()) {
            var uri = next.next();
            boolean isAsked = pendingPulls.values().stream().anyMatch(one -> one.uri().equals(uri));
            if (!isAsked) {
                next.remove();
                send(running, uri);
            }
        }
    }

    private void send(RunningServer running, String uri) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        var params = new JsonObject();
        params.add("textDocument", document);
        long number = numbers.getAsLong();
        pendingPulls.put(number, new PendingPull(uri, System.nanoTime()));
        var question = JsonRpcWriter.request(number, "textDocument/diagnostic", params);
        link.offer(running, texts.rewritten(running.toServer(), question, null));
    }

    private boolean isRouted() {
        return !notifier.context().isPassThrough();
    }

    private boolean isPulling(RunningServer running) {
        return isRouted() && !isPulledByEditor && running.pullsDiagnostics();
    }

    private void remember(String uri, JsonArray items) {
        if (items.isEmpty()) {
            published.remove(uri);
        } else if (published.size() < MARKED_DOCUMENTS) {
            published.add(uri);
        }
    }

    private void clearPublished(String uri) {
        if (published.remove(uri)) {
            notifier.send(JsonRpcWriter.notification(PUBLISH, params(uri, new JsonArray())));
        }
    }

    private static JsonObject params(String uri, JsonElement items) {
        var params = new JsonObject();
        params.addProperty("uri", uri);
        params.add("diagnostics", items);
        return params;
    }
}
