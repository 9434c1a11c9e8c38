package dev.qide.server.api;

import java.util.List;

/// A request of bare bytes and the expected answer, in the notation of [HttpCasesTest].
///
/// @param section what the request is about
/// @param expected the statuses and the connection's end, then a line for each further expectation
record HttpCase(String section, String request, List<String> expected) {
    static HttpCase row(String section, String request, String... expected) {
        return new HttpCase(section, request, List.of(expected));
    }

    @Override
    public String toString() {
        return section + ": " + request;
    }
}
