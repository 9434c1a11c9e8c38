package dev.qide.server.api;

import dev.qide.server.api.http.PathTemplate;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.PerPrincipalLimit;
import org.jspecify.annotations.Nullable;

/// One row of the table of HTTP endpoints. Immutable.
///
/// @param action the action that a caller must be allowed to perform: in the workspace of the
///   variable `{ws}`, or the organisation of `{org}`, if the path has one
/// @param limit the requests that one person may have at once; null for no limit
/// @param isCompressed whether clients that accept gzip get JSON compressed: only if the answer
///   contains no secret
record Route(
        String method,
        PathTemplate pathTemplate,
        Action action,
        @Nullable PerPrincipalLimit limit,
        boolean isCompressed,
        HttpEndpoints.Handler handler) {
    static Route of(String method, String path, Action action, HttpEndpoints.Handler handler) {
        return new Route(method, PathTemplate.of(path), action, null, false, handler);
    }

    Route limitedBy(PerPrincipalLimit newLimit) {
        return new Route(method, pathTemplate, action, newLimit, isCompressed, handler);
    }

    Route compressed() {
        return new Route(method, pathTemplate, action, limit, true, handler);
    }
}
