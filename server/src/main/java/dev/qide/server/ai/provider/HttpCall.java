package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import java.net.URI;
import java.util.Map;

/// An encoded request.
///
/// @param headers additional headers, including the key
record HttpCall(URI uri, Map<String, String> headers, JsonObject body) {
    HttpCall {
        headers = Map.copyOf(headers);
    }

    @Override
    public String toString() {
        return uri.toString();
    }
}
