package dev.qide.server.language.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.WindowMessage;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.settings.SettingsTree;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.util.HashSet;
import java.util.Set;
import org.eclipse.lsp4j.MessageType;
import org.jspecify.annotations.Nullable;

/// A client's settings for its server of one language: from `workspace/didChangeConfiguration`,
/// from its responses to `workspace/configuration`, and from its `initializationOptions`. Settings
/// that the server's declaration restricts are removed, and the client is notified of each such
/// name once.
///
/// Owned by the link's thread.
final class ClientSettings {
    /// The maximum length of settings that are forwarded, in characters.
    private static final int SETTINGS_CHARACTERS = 1 << 20;

    /// The maximum number of names that the client is notified of.
    private static final int REPORTED_NAMES = 100;

    private static final String OPTIONS = "initializationOptions";

    private final ServerLink link;
    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final ClientHandshake handshake;
    private final Set<String> reported = new HashSet<>();
    private JsonElement latest = JsonNull.INSTANCE;

    ClientSettings(
            ServerLink link,
            ClientNotifier notifier,
            MessageTexts texts,
            ClientHandshake handshake) {
        this.handshake = handshake;
        this.link = link;
        this.notifier = notifier;
        this.texts = texts;
    }

    /// Applies a `workspace/didChangeConfiguration` of the client. Its settings replace earlier
    /// ones; without settings it only makes the server request them again.
    ///
    /// @param isInitialized whether the client is initialized, so that a running server gets them
    ///   at once
    void changed(JsonRpcEnvelope envelope, boolean isInitialized) {
        var settings = envelope.tree().get("settings");
        if (settings instanceof JsonObject && isShortEnough(settings)) {
            latest = settings;
        }
        if (isInitialized && link.state() instanceof ServerState.Ready(var running)) {
            sendConfiguration(running);
        }
    }

    /// Sends what a server gets after initialization: `initialized`, the declared notifications,
    /// the settings, and the files that have changed meanwhile.
    void initialized(RunningServer running) {
        link.offer(running, JsonRpcWriter.notification("initialized", new JsonObject()));
        for (var method : notifier.context().server().settings().notifications()) {
            link.offer(running, JsonRpcWriter.notification(method, new JsonObject()));
        }
        sendConfiguration(running);
        sendFolders(running);
        link.sendFileEvents();
    }

    /// Applies a `workspace/didChangeWorkspaceFolders` of the client.
    void foldersChanged(JsonRpcEnvelope envelope, boolean isInitialized) {
        if (!(envelope.tree().get("event") instanceof JsonObject event)) {
            return;
        }
        for (var uri : handshake.change(event)) {
            warn(
                    "The folder %s is not in this workspace: open the workspace that it is in."
                            .formatted(uri));
        }
        if (isInitialized && link.state() instanceof ServerState.Ready(var running)) {
            sendFolders(running);
        }
    }

    /// Notifies a server of the folders that changed since its start.
    private void sendFolders(RunningServer running) {
        var event = running.responses().declared().changed(handshake.folders());
        if (event != null) {
            var params = new JsonObject();
            params.add("event", event);
            link.offer(
                    running,
                    JsonRpcWriter.notification("workspace/didChangeWorkspaceFolders", params));
        }
    }

    private void sendConfiguration(RunningServer running) {
        running.responses().configure(permitted(running, "", latest));
        var params = new JsonObject();
        params.add("settings", running.responses().configuration());
        link.offer(running, JsonRpcWriter.notification("workspace/didChangeConfiguration", params));
    }

    /// Overlays a server's `initializationOptions` with those of the client.
    ///
    /// @param client the parameters of the client's own `initialize`, null for none
    void addOptions(RunningServer running, JsonObject params, @Nullable JsonObject client) {
        var options = client == null ? null : client.get(OPTIONS);
        if (options instanceof JsonObject && isShortEnough(options)) {
            var ours = params.get(OPTIONS);
            params.add(OPTIONS, SettingsTree.overlaid(ours, permitted(running, "", options)));
        }
    }

    /// A client's settings for the server: with the server's roots and without restricted ones.
    /// `null` when a URI in them leads out of the workspace.
    ///
    /// @param section the section to which they belong, empty for all
    JsonElement permitted(RunningServer running, String section, JsonElement settings) {
        if (settings.isJsonNull()) {
            return settings;
        }
        var wrapper = new JsonObject();
        wrapper.add("settings", settings);
        try {
            var text = texts.rewritten(running.toServer(), wrapper.toString(), null);
            var policy = notifier.context().server().settings().policy();
            return policy.permitted(section, texts.tree(text).get("settings"), this::report);
        } catch (FailureException refused) {
            notifier.log("language.settings_refused", "settings of an editor were refused");
            return JsonNull.INSTANCE;
        }
    }

    private boolean isShortEnough(JsonElement settings) {
        boolean isShort = settings.toString().length() <= SETTINGS_CHARACTERS;
        if (!isShort) {
            warn("Settings longer than 1 MiB were not passed to the " + notifier.title() + ".");
        }
        return isShort;
    }

    private void report(String name) {
        if (reported.size() < REPORTED_NAMES && reported.add(name)) {
            warn(
                    "The setting %s was not passed to the %s: Q-IDE chooses the programs and addresses that a language server uses."
                            .formatted(name, notifier.title()));
        }
    }

    private void warn(String sentence) {
        notifier.send(WindowMessage.logged(MessageType.Warning, sentence));
    }
}
