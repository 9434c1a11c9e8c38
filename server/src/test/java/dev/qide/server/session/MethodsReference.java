package dev.qide.server.session;

import java.util.List;
import java.util.Map;

/// The JSON-RPC methods that clients may send, as rows of `docs/reference.md`.
public final class MethodsReference {
    private MethodsReference() {}

    /// Method, and the action that needs a permission.
    public static List<List<String>> rows() {
        return MethodPermissions.all().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(row -> List.of("`" + row.getKey() + "`", row.getValue().name()))
                .toList();
    }
}
