package dev.qide.server.api;

import dev.qide.server.audit.AuditEvent;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Records requests in the audit log: those that change something, whatever their result; those
/// that a person may not send; opened sockets; logins. Calls of models are recorded by `ai`.
/// Thread-safe.
final class RequestAudit {
    /// A ticket is part of a connection, and editors store settings all the time.
    private static final Set<String> LEFT_OUT =
            Set.of("/api/ticket", "/api/me/settings/{name…}", "/api/login", "/api/logout");

    private static final int SUCCESS_END = 400;

    private final AuditLog log;

    RequestAudit(AuditLog log) {
        this.log = log;
    }

    /// Records an answered request of a person.
    void answered(
            RequestHead head,
            String template,
            Map<String, String> variables,
            Principal principal,
            int status) {
        if (!head.method().equals("GET") && isRecorded(template)) {
            var result = status < SUCCESS_END ? AuditEvent.OK : "status-" + status;
            record(head, template, variables, principal, result);
        }
    }

    /// Records a failed request of a person. Too many requests are counted instead.
    void failed(
            RequestHead head,
            String template,
            Map<String, String> variables,
            Principal principal,
            Failure failure) {
        boolean isRefusal = failure == Failure.FORBIDDEN || failure == Failure.CSRF_TOKEN_WRONG;
        boolean isChange = !head.method().equals("GET") && isRecorded(template);
        if (isRefusal || (isChange && failure != Failure.TOO_MANY_REQUESTS)) {
            record(head, template, variables, principal, failure.wireName());
        }
    }

    /// Records that a socket was opened, or why not.
    void connected(RequestHead head, Principal principal, String result) {
        log.record(
                new AuditEvent(
                        principal.id().value(),
                        "connect",
                        head.path(),
                        head.remoteAddress(),
                        result));
    }

    /// Records a login or the end of one.
    ///
    /// @param operation `login` or `logout`
    /// @param object the provider; empty for a token
    /// @param person null when nobody was logged in
    void login(
            RequestHead head,
            String operation,
            String object,
            @Nullable UserId person,
            String result) {
        log.record(
                new AuditEvent(
                        person == null ? null : person.value(),
                        operation,
                        object,
                        head.remoteAddress(),
                        result));
    }

    private void record(
            RequestHead head,
            String template,
            Map<String, String> variables,
            Principal principal,
            String result) {
        log.record(
                new AuditEvent(
                        principal.id().value(),
                        head.method() + " " + template,
                        object(variables),
                        head.remoteAddress(),
                        result));
    }

    private static boolean isRecorded(String template) {
        return !LEFT_OUT.contains(template) && !template.startsWith("/v1/");
    }

    /// The workspace and the path, or the id.
    private static String object(Map<String, String> variables) {
        var workspace = variables.getOrDefault("ws", "");
        var path = variables.getOrDefault("path", "");
        var id = variables.getOrDefault("id", variables.getOrDefault("model", ""));
        var rest = path.isEmpty() ? id : path;
        return workspace.isEmpty() || rest.isEmpty() ? workspace + rest : workspace + "/" + rest;
    }
}
