package dev.qide.server.language.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.settings.SettingsTree;
import dev.qide.wire.FailureException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The settings of a client for its server of one language: those of
/// `workspace/didChangeConfiguration`, of its answers to `workspace/configuration`, and its
/// `initializationOptions`. What the server's declaration restricts is left out, and the client is
/// told each such name once.
///
/// Owned by one thread, the link's.
final class ClientSettings {
    /// The longest settings that are passed on, each time.
    private static final int SETTINGS_CHARACTERS = 1 << 20;

    /// How many names the client is told.
    private static final int REPORTED_NAMES = 100;

    private static final int WARNING = 2;
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

    /// A `workspace/didChangeConfiguration` of the client. Its settings replace those of the one
    /// before; without settings it only says that the server should ask again.
    ///
    /// @param isInitialized whether the client is, so that a server that runs gets them at once
    void changed(JsonRpcEnvelope envelope, boolean isInitialized) {
        var settings = envelope.tree().get("settings");
        if (settings instanceof JsonObject && isShortEnough(settings)) {
            latest = settings;
        }
        if (isInitialized && link.state() instanceof ServerState.Ready(var running)) {
            tell(running);
        }
    }

    /// What a server gets when it and the client are initialized: `initialized`, the declared
    /// notifications and the settings.
    void initialized(RunningServer running) {
        link.offer(running, MessageWriter.notification("initialized", new JsonObject()));
        for (var method : notifier.context().server().settings().notifications()) {
            link.offer(running, MessageWriter.notification(method, new JsonObject()));
        }
        tell(running);
        tellFolders(running);
    }

    /// A `workspace/didChangeWorkspaceFolders` of the client.
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
            tellFolders(running);
        }
    }

    /// A server that began with other folders than the client has now is told the difference.
    private void tellFolders(RunningServer running) {
        var event = running.table().declared().changed(handshake.folders());
        if (event != null) {
            var params = new JsonObject();
            params.add("event", event);
            link.offer(
                    running,
                    MessageWriter.notification("workspace/didChangeWorkspaceFolders", params));
        }
    }

    private void tell(RunningServer running) {
        running.table().configure(permitted(running, "", latest));
        var params = new JsonObject();
        params.add("settings", running.table().configuration());
        link.offer(running, MessageWriter.notification("workspace/didChangeConfiguration", params));
    }

    /// Lays the client's `initializationOptions` over those that a server's `initialize` has.
    ///
    /// @param client the parameters of the client's own `initialize`, null where there is none
    void addOptions(RunningServer running, JsonObject params, @Nullable JsonObject client) {
        var options = client == null ? null : client.get(OPTIONS);
        if (options instanceof JsonObject && isShortEnough(options)) {
            var ours = params.get(OPTIONS);
            params.add(OPTIONS, SettingsTree.overlaid(ours, permitted(running, "", options)));
        }
    }

    /// A client's settings as the server may have them: with the server's roots, without what is
    /// restricted. `null` where a URI in them leads out of the workspace.
    ///
    /// @param section the section that they are of, empty for all
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
        var params = new JsonObject();
        params.addProperty("type", WARNING);
        params.addProperty("message", sentence);
        notifier.tell(MessageWriter.notification("window/logMessage", params));
    }
}
