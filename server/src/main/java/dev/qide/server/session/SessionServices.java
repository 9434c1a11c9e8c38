package dev.qide.server.session;

import dev.qide.server.ai.Chats;
import dev.qide.server.ai.Completions;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.FileSync;
import dev.qide.server.files.FileWatcher;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.limits.RateLimits;

/// The services that a session uses.
///
/// @param sessions the registry of the connected editors
/// @param saved merges what several editors write to one file
/// @param databaseStatus tells a new editor that the database is unreachable
/// @param rates how much one person may send and ask over all sockets
public record SessionServices(
        Sessions sessions,
        LanguageHost languages,
        Capabilities capabilities,
        Completions completions,
        Chats conversations,
        Collaboration documents,
        PresenceNotifier presence,
        TeamChatRequests chat,
        ChangeSetRequests changeSets,
        FileSync sync,
        FileWatcher watcher,
        SaveMerger saved,
        DatabaseStatusNotifier databaseStatus,
        WorkspaceTerminals terminals,
        RateLimits rates) {}
