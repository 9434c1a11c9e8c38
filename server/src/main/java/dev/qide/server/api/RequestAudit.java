package dev.qide.server.api;

import dev.qide.server.audit.AuditEvent;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Records requests in the audit log: requests that change something, whatever their result; denied
/// requests; opened sockets; logins. Model calls are recorded by `ai`. Thread-safe.
final class RequestAudit {
    /// Not recorded: a ticket belongs to a connection, editors store settings all the time, and
    /// logins have events of their own.
    private static final Set<String> LEFT_OUT =
            Set.of("/api/ticket", "/api/me/settings/{name…}", "/api/login", "/api/logout");

    /// The variables of paths that say what a request is about, from the outside in.
    private static final List<String> PLACES_AND_PARTS =
            List.of("ws", "org", "path", "person", "id", "model", "period");

    private static final int CREATED = 201;
    private static final int SUCCESS_END = 400;

    private final AuditLog log;

    RequestAudit(AuditLog log) {
        this.log = log;
    }

    /// Records an answered request of a person; what it created is the last part of `Location`. Too
    /// many requests are counted instead.
    void answered(
            RequestHead head,
            String template,
            Map<String, String> variables,
            Principal principal,
            Answer answer) {
        int status = answer.status();
        if (!head.method().equals("GET")
                && isRecorded(template)
                && status != Failure.TOO_MANY_REQUESTS.httpStatus()) {
            record(
                    head,
                    template,
                    joined(object(variables), created(answer)),
                    principal,
                    status < SUCCESS_END ? AuditEvent.OK : "status-" + status);
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
            record(head, template, object(variables), principal, failure.wireName());
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

    /// Records a login or the end of one, or an account that a person has linked.
    ///
    /// @param operation `login`, `logout` or `link`
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
            RequestHead head, String template, String object, Principal principal, String result) {
        log.record(
                new AuditEvent(
                        principal.id().value(),
                        head.method() + " " + template,
                        object,
                        head.remoteAddress(),
                        result));
    }

    private static boolean isRecorded(String template) {
        return !LEFT_OUT.contains(template) && !template.startsWith("/v1/");
    }

    /// The workspace or the organisation, and in it the path, the person or the id.
    private static String object(Map<String, String> variables) {
        return PLACES_AND_PARTS.stream()
                .map(name -> variables.getOrDefault(name, ""))
                .reduce("", RequestAudit::joined);
    }

    /// The name or id of what a request created; empty for nothing.
    private static String created(Answer answer) {
        var location = answer.headers().getOrDefault("Location", "");
        return answer.status() == CREATED ? location.substring(location.lastIndexOf('/') + 1) : "";
    }

    private static String joined(String place, String part) {
        return place.isEmpty() || part.isEmpty() ? place + part : place + "/" + part;
    }
}
