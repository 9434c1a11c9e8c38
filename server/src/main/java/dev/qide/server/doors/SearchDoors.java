package dev.qide.server.doors;

import dev.qide.server.files.SearchPattern;
import dev.qide.server.files.TextSearch;
import dev.qide.server.socket.Handshake;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.SearchResult;
import dev.qide.wire.WireJson;
import java.util.Locale;
import java.util.Map;

/// The REST door of text search.
public final class SearchDoors {
    /// What a result takes while it is made into an answer.
    private static final long RESULT_BYTES = 8 << 20;

    private final TextSearch search;

    public SearchDoors(TextSearch search) {
        this.search = search;
    }

    Answer find(HttpDoors.Visit visit) throws InterruptedException {
        visit.request().asker().reserve(RESULT_BYTES);
        var head = visit.request().head();
        var text = head.parameter("q");
        var query =
                new SearchPattern.Query(
                        text == null ? "" : text,
                        isSaid(head, "regex"),
                        isSaid(head, "case"),
                        isSaid(head, "word"),
                        head.parameter("glob"));
        var found = search.find(visit.variable("ws"), query);
        var end = found.end();
        return Answer.json(
                200,
                WireJson.write(
                        new SearchResult(
                                found.matches().stream().map(SearchDoors::match).toList(),
                                found.files(),
                                end == null ? null : end.name().toLowerCase(Locale.ROOT))));
    }

    private static SearchResult.Match match(TextSearch.Match match) {
        return new SearchResult.Match(
                match.path(),
                match.line(),
                match.character(),
                match.length(),
                match.text(),
                match.textCharacter());
    }

    private static boolean isSaid(Handshake head, String parameter) {
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
