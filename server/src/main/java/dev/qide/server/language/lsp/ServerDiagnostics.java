package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/// What a server of `/ws` finds wrong in the open documents, told to the editor in one way:
/// `textDocument/publishDiagnostics`.
///
/// Some servers only answer who asks (`textDocument/diagnostic`, LSP 3.18 "Pull Diagnostics"). They
/// are asked here, in the editor's place: about a document that was opened, changed or saved, and
/// about all of them when they say that their answers have changed
/// (`workspace/diagnostic/refresh`). A document is never asked about twice at once, and an answer
/// about a text that has changed since is left out, as the next one is under way: so who types sees
/// marks when the server has caught up. What a server that has ended had marked is taken back.
///
/// Owned by one thread, the link's.
final class ServerDiagnostics {
    private static final int ASKED_AT_ONCE = 4;
    private static final int MARKED_DOCUMENTS = 2_000;
    private static final JsonPrimitive UNHANDLED = new JsonPrimitive(-32601);
    private static final String PUBLISH = "textDocument/publishDiagnostics";

    private final ServerLink link;
    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final OpenDocuments documents;
    private final LongSupplier numbers;

    /// Which documents the server is to be asked about, in the client's URIs.
    private final Set<String> due = new LinkedHashSet<>();

    /// Documents that it could say nothing of, which are due with the next sweep: who fails every
    /// question is not asked in a circle.
    private final Set<String> failed = new LinkedHashSet<>();

    private final Map<Long, PendingPull> asked = new LinkedHashMap<>();
    private final Set<String> marked = new HashSet<>();

    private record PendingPull(String uri, long sinceNanos) {}

    /// @param numbers ids towards the server that no other request has
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
    }

    /// A request of the server.
    void asked(RunningServer running, JsonRpcEnvelope envelope) {
        if ("workspace/diagnostic/refresh".equals(envelope.method())) {
            begin(running);
        }
    }

    /// The server may be asked about all documents: it has just been told them, or says that its
    /// answers have changed.
    void begin(RunningServer running) {
        if (isAsking(running)) {
            due.addAll(documents.uris());
            ask(running);
        }
    }

    /// The server was told of a document.
    void told(RunningServer running, JsonRpcEnvelope envelope) {
        var method = String.valueOf(envelope.method());
        if (!isAsking(running)
                || !method.startsWith("textDocument/did")
                || !(envelope.tree().get("textDocument") instanceof JsonObject document)
                || !(document.get("uri") instanceof JsonPrimitive named)) {
            return;
        }
        var uri = named.getAsString();
        if (documents.has(uri)) {
            failed.remove(uri);
            due.add(uri);
            ask(running);
        } else {
            due.remove(uri);
            failed.remove(uri);
            takeBack(uri);
        }
    }

    /// An answer of the server to one of its numbers that is not the editor's.
    void answered(RunningServer running, long number, String message) {
        var question = asked.remove(number);
        if (question == null) {
            return;
        }
        var uri = question.uri();
        if (due.contains(uri) || !documents.has(uri)) {
            ask(running);
            return;
        }
        var answer = texts.tree(texts.rewritten(running.toClient(), message, null));
        if (answer.get("result") instanceof JsonObject report
                && report.get("items") instanceof JsonArray items) {
            running.served();
            remember(uri, items);
            notifier.pass(running, MessageWriter.notification(PUBLISH, params(uri, items)));
        }
        if (answer.get("error") instanceof JsonObject error) {
            if (UNHANDLED.equals(error.get("code"))) {
                // It announces what it does not do: it publishes by itself.
                running.publishesItself();
                due.clear();
                failed.clear();
                return;
            }
            failed.add(uri);
        }
        ask(running);
    }

    /// A `textDocument/publishDiagnostics` of the server, in the client's URIs.
    void said(String message) {
        if (isRouted()
                && texts.tree(message).get("params") instanceof JsonObject params
                && params.get("uri") instanceof JsonPrimitive uri
                && params.get("diagnostics") instanceof JsonArray items) {
            remember(uri.getAsString(), items);
        }
    }

    /// What is not answered in that time is not waited for; what failed is asked again.
    void sweep(RunningServer running, Duration longest) {
        long now = System.nanoTime();
        asked.values().removeIf(one -> now - one.sinceNanos() >= longest.toNanos());
        due.addAll(failed);
        failed.clear();
        ask(running);
    }

    /// A server is stopped because nobody uses it: what it has marked still holds.
    void rested() {
        due.clear();
        failed.clear();
        asked.clear();
    }

    /// The server has ended.
    void ended() {
        rested();
        new ArrayList<>(marked).forEach(this::takeBack);
    }

    private void ask(RunningServer running) {
        Iterator<String> next = due.iterator();
        while (asked.size() < ASKED_AT_ONCE && next.hasNext()) {
            var uri = next.next();
            boolean isAsked = asked.values().stream().anyMatch(one -> one.uri().equals(uri));
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
        asked.put(number, new PendingPull(uri, System.nanoTime()));
        var question = MessageWriter.request(number, "textDocument/diagnostic", params);
        link.offer(running, texts.rewritten(running.toServer(), question, null));
    }

    private boolean isRouted() {
        return !notifier.context().isPassThrough();
    }

    private boolean isAsking(RunningServer running) {
        return isRouted() && running.wantsToBeAsked();
    }

    private void remember(String uri, JsonArray items) {
        if (items.isEmpty()) {
            marked.remove(uri);
        } else if (marked.size() < MARKED_DOCUMENTS) {
            marked.add(uri);
        }
    }

    private void takeBack(String uri) {
        if (marked.remove(uri)) {
            notifier.tell(MessageWriter.notification(PUBLISH, params(uri, new JsonArray())));
        }
    }

    private static JsonObject params(String uri, JsonElement items) {
        var params = new JsonObject();
        params.addProperty("uri", uri);
        params.add("diagnostics", items);
        return params;
    }
}
