package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.RequestHead;
import java.net.URI;

/// Redirects every request on a second port without TLS to the same address with TLS (308; RFC
/// 9110, section 15.4.9). Only the public address of the settings is a target, never a host that
/// the request names.
///
/// @param publicUrl the address that people use, `https` and with a slash at its end
public record HttpsRedirect(URI publicUrl) implements HttpHandler {
    @Override
    public Answer answer(Request request) {
        return to(publicUrl, request.head());
    }

    static Answer to(URI publicUrl, RequestHead head) {
        var query = head.query().isEmpty() ? "" : "?" + head.query();
        return Answer.empty(308)
                .with("Location", publicUrl + head.rawPath().substring(1) + query)
                .with("Cache-Control", "no-store");
    }
}
