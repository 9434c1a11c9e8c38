package dev.qide.server.teamchat;

import dev.qide.server.identity.Principal;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.store.TeamChatTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TeamChatMessage;
import dev.qide.wire.TeamChatPage;
import dev.qide.wire.TeamChatText;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The messages between the people of a workspace: checked, bounded and stored before anyone sees
/// them. Texts are plain and are written to no log.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class TeamChat {
    /// The most bytes of a text, in UTF-8.
    public static final int TEXT_BYTES = 8 << 10;

    /// The messages kept for one workspace; older ones are deleted.
    public static final int KEPT_MESSAGES = 5_000;

    /// The most messages of one page of the history.
    public static final int PAGE_MESSAGES = 100;

    /// The messages that one person may send per period, in all workspaces.
    public static final int MESSAGES_PER_PERIOD = 30;

    /// The period of [#MESSAGES_PER_PERIOD].
    public static final Duration PERIOD = Duration.ofSeconds(30);

    private static final int PAGE_WITHOUT_LIMIT = 50;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private final TeamChatTable table;
    private final RateLimiter rate;
    private final Metrics.Counter sent;

    public TeamChat(TeamChatTable table, RateLimits rates, Metrics metrics) {
        this.table = table;
        rate = rates.limiter("team-chat", MESSAGES_PER_PERIOD, PERIOD);
        sent = metrics.counter("qide_teamchat_messages_total", "Team chat messages stored.");
    }

    /// A message that was sent.
    ///
    /// @param isNew false when it was sent before under the same key
    public record Sent(TeamChatMessage message, boolean isNew) {}

    /// Stores a message.
    ///
    /// @throws FailureException `INVALID_PARAMS` with a tag `reason` for a text or key of another
    ///   shape, `MESSAGE_TOO_LARGE`, `TOO_MANY_REQUESTS`
    public Sent send(WorkspaceId workspace, Principal sender, TeamChatText draft) {
        var text = legal(draft.text());
        var key = draft.key();
        if (key != null && !KEY.matcher(key).matches()) {
            throw invalid("key");
        }
        if (!rate.tryAcquire(sender.key())) {
            throw new FailureException(Failure.TOO_MANY_REQUESTS, Map.of("reason", "team-chat"));
        }
        var stored =
                table.add(
                        workspace,
                        new TeamChatTable.Draft(sender.id().value(), sender.name(), text, key),
                        KEPT_MESSAGES);
        if (stored.isNew()) {
            sent.increment();
        }
        return new Sent(message(stored.message()), stored.isNew());
    }

    /// A page of the history.
    ///
    /// @param before the id of the oldest message that the reader has; null for the newest page
    /// @param limit from 1 to [#PAGE_MESSAGES]; null for 50
    /// @throws FailureException `INVALID_PARAMS`
    public TeamChatPage history(
            WorkspaceId workspace, @Nullable Long before, @Nullable Integer limit) {
        int most = limit == null ? PAGE_WITHOUT_LIMIT : limit;
        if (most < 1 || most > PAGE_MESSAGES) {
            throw invalid("limit");
        }
        var found = table.before(workspace, before == null ? Long.MAX_VALUE : before, most + 1);
        boolean hasMore = found.size() > most;
        var page = new ArrayList<TeamChatMessage>();
        found.stream().limit(most).map(TeamChat::message).forEach(page::add);
        Collections.reverse(page);
        return new TeamChatPage(List.copyOf(page), hasMore);
    }

    /// The text with single line feeds and without white space around it.
    private static String legal(String raw) {
        if (raw.length() > TEXT_BYTES) {
            throw tooLarge();
        }
        var text = raw.replace("\r\n", "\n").replace('\r', '\n').strip();
        if (text.isEmpty()) {
            throw invalid("empty");
        }
        if (text.chars()
                .anyMatch(one -> one != '\n' && one != '\t' && Character.isISOControl(one))) {
            throw invalid("character");
        }
        try {
            int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).limit();
            if (bytes > TEXT_BYTES) {
                throw tooLarge();
            }
            return text;
        } catch (CharacterCodingException loneSurrogate) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "character"), loneSurrogate);
        }
    }

    private static TeamChatMessage message(TeamChatTable.Message one) {
        return new TeamChatMessage(
                one.id(), one.person().toString(), one.name(), one.text(), one.sentAt().toString());
    }

    private static FailureException invalid(String reason) {
        return new FailureException(Failure.INVALID_PARAMS, Map.of("reason", reason));
    }

    private static FailureException tooLarge() {
        return new FailureException(
                Failure.MESSAGE_TOO_LARGE, Map.of("limit", Integer.toString(TEXT_BYTES)));
    }
}
