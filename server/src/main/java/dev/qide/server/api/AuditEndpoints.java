package dev.qide.server.api;

import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.AuditPage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// `GET /api/audit`: the audit events, for owners.
public final class AuditEndpoints {
    private static final int PAGE_EVENTS = 100;
    private static final int MOST_EVENTS = 1_000;
    private static final int TEXT_CHARACTERS = 300;

    private final AuditLog audit;
    private final Identity identity;

    public AuditEndpoints(AuditLog audit, Identity identity) {
        this.audit = audit;
        this.identity = identity;
    }

    Answer find(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        int limit = (int) number(head, "limit", PAGE_EVENTS, MOST_EVENTS);
        var filter =
                new AuditLog.Filter(
                        time(head, "from"),
                        time(head, "to"),
                        person(head),
                        text(head, "operation"),
                        text(head, "object"),
                        text(head, "result"),
                        number(head, "before", Long.MAX_VALUE, Long.MAX_VALUE));
        var found = audit.find(filter, limit);
        var events = found.stream().map(this::shown).toList();
        var next = events.size() < limit ? null : events.getLast().id();
        return Answer.json(200, WireJson.write(new AuditPage(events, next)));
    }

    private AuditPage.Event shown(AuditLog.Recorded stored) {
        var event = stored.event();
        return new AuditPage.Event(
                stored.id(),
                stored.at().toString(),
                event.person() == null ? null : event.person().toString(),
                stored.name() == null ? nameInUse(event.person()) : stored.name(),
                event.operation(),
                event.object(),
                event.address(),
                event.result());
    }

    /// The name of the local owner, who has no row, and of a person with a credential in use.
    private @Nullable String nameInUse(@Nullable UUID person) {
        var name = person == null ? "" : identity.nameOf(new UserId(person), "");
        return name.isEmpty() ? null : name;
    }

    private static @Nullable Instant time(RequestHead head, String name) {
        var text = head.parameter(name);
        try {
            return text == null || text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException malformed) {
            throw malformed(name, malformed);
        }
    }

    private static @Nullable UUID person(RequestHead head) {
        var text = head.parameter("person");
        try {
            return text == null || text.isEmpty() ? null : UUID.fromString(text);
        } catch (IllegalArgumentException malformed) {
            throw malformed("person", malformed);
        }
    }

    private static String text(RequestHead head, String name) {
        var text = Objects.requireNonNullElse(head.parameter(name), "");
        if (text.length() > TEXT_CHARACTERS || text.indexOf('\0') >= 0) {
            throw malformed(name, new IllegalArgumentException(name));
        }
        return text;
    }

    private static long number(RequestHead head, String name, long otherwise, long most) {
        var text = head.parameter(name);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        if (!text.matches("[1-9][0-9]{0,17}") || Long.parseLong(text) > most) {
            throw malformed(name, new IllegalArgumentException(name));
        }
        return Long.parseLong(text);
    }

    private static FailureException malformed(String name, Exception cause) {
        return new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", name), cause);
    }
}
