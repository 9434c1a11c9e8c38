package dev.qide.server.api;

import dev.qide.server.api.http.PathTemplate;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.PerPrincipalLimit;
import org.jspecify.annotations.Nullable;

/// One row of the table of HTTP endpoints. Immutable.
///
/// @param action what its use needs a permission for; with the variable `{ws}` in that workspace,
///   with `{org}` in that organisation
/// @param limit the requests that one person may have at once; null for no limit
/// @param isCompressed whether clients that accept gzip get JSON compressed: only where the answer
///   has no secret
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
