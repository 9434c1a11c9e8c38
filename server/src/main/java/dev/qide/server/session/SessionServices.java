package dev.qide.server.session;

import dev.qide.server.ai.Completions;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.FileSync;
import dev.qide.server.files.FileWatcher;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.limits.Throttle;

/// What a session may use.
///
/// @param store what is told about the database
/// @param messageRate messages of one person over all sockets
public record SessionServices(
        LanguageHost languages,
        Capabilities capabilities,
        Completions completions,
        Collaboration documents,
        PresenceNotifier presence,
        FileSync sync,
        FileWatcher watcher,
        DatabaseStatusNotifier store,
        Throttle messageRate) {}
