package dev.qide.server.audit;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An operation that a person performed or was denied. Invariant: every text has at most
/// [#CHARACTERS] characters, none of them a control character.
///
/// @param person the id; null for nobody known
/// @param operation from a closed set: a method and a path template, `connect`, `login`, `model`,
///   `terminal-open`, `terminal-close`
/// @param object what it was done to, such as a workspace and a path; empty for nothing in
///   particular
/// @param address the client's address; empty for none
/// @param result `ok`, or the wire name of the failure
public record AuditEvent(
        @Nullable UUID person, String operation, String object, String address, String result) {
    /// A longer text is cut.
    public static final int CHARACTERS = 300;

    /// The result of what succeeded.
    public static final String OK = "ok";

    public AuditEvent {
        operation = bounded(operation);
        object = bounded(object);
        address = bounded(address);
        result = bounded(result);
    }

    private static String bounded(String text) {
        var visible = text.replaceAll("\\p{Cntrl}", "\uFFFD");
        return visible.length() > CHARACTERS ? visible.substring(0, CHARACTERS - 1) + "…" : visible;
    }
}
