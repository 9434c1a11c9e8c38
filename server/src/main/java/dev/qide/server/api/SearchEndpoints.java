package dev.qide.server.api;

import dev.qide.server.files.PathSearch;
import dev.qide.server.files.SearchPattern;
import dev.qide.server.files.TextSearch;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.PathMatches;
import dev.qide.wire.SearchResult;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;

/// The HTTP endpoints that search text, and find files by their paths.
public final class SearchEndpoints {
    /// The memory for the response with a result.
    private static final long RESULT_BYTES = 8 << 20;

    private static final int PATHS = 100;

    private final TextSearch search;
    private final PathSearch paths;
    private final PerPrincipalLimit ofOnePerson =
            new PerPrincipalLimit(TextSearch.SEARCHES_AT_ONCE - 1);

    public SearchEndpoints(TextSearch search, PathSearch paths) {
        this.search = search;
        this.paths = paths;
    }

    /// The text searches that one person may have at once.
    public PerPrincipalLimit ofOnePerson() {
        return ofOnePerson;
    }

    /// Finds files by a part of their path, for quick open.
    Answer paths(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(RESULT_BYTES);
        var head = exchange.request().head();
        var text = head.parameter("q");
        var found =
                paths.find(exchange.variable("ws"), text == null ? "" : text, limit(head, PATHS));
        return Answer.json(200, WireJson.write(new PathMatches(found.paths(), found.isCut())));
    }

    Answer find(HttpEndpoints.Exchange exchange) throws IOException, InterruptedException {
        // A search ends when the client leaves, which unread content would hide: it is refused.
        var _ = exchange.request().bodyBytes(0);
        exchange.request().disconnectSignal().reserve(RESULT_BYTES);
        var head = exchange.request().head();
        var text = head.parameter("q");
        var includes = new ArrayList<>(head.parameters("include"));
        includes.addAll(head.parameters("glob"));
        includes.removeIf(String::isEmpty);
        var query =
                new SearchPattern.Query(
                        text == null ? "" : text,
                        isOn(head, "regex"),
                        isOn(head, "case"),
                        isOn(head, "word"),
                        includes,
                        head.parameters("exclude"),
                        limit(head, TextSearch.MATCHES));
        var found =
                search.find(
                        exchange.variable("ws"),
                        query,
                        exchange.request().disconnectSignal()::onDisconnect);
        var end = found.end();
        return Answer.json(
                200,
                WireJson.write(
                        new SearchResult(
                                found.matches().stream().map(SearchEndpoints::match).toList(),
                                found.files(),
                                end == null ? null : end.name().toLowerCase(Locale.ROOT))));
    }

    private static SearchResult.Match match(TextSearch.Match match) {
        return new SearchResult.Match(
                match.path(),
                match.line(),
                match.character(),
                match.length(),
                match.endLine(),
                match.endCharacter(),
                match.text(),
                match.textCharacter());
    }

    private static int limit(RequestHead head, int otherwise) {
        var limit = head.parameter("limit");
        if (limit == null) {
            return otherwise;
        }
        if (!limit.matches("[0-9]{1,6}")) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "limit"));
        }
        return Integer.parseInt(limit);
    }

    private static boolean isOn(RequestHead head, String parameter) {
        return switch (head.parameter(parameter)) {
            case null -> false;
            case "false" -> false;
            case "", "true" -> true;
            default ->
                    throw new FailureException(
                            Failure.INVALID_PARAMS, Map.of("parameter", parameter));
        };
    }
}
