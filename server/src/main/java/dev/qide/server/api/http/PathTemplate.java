package dev.qide.server.api.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A path pattern in an endpoint table, such as `/api/workspaces/{ws}/files/{path…}`. `{name}`
/// matches one segment, `{name…}` all remaining ones.
///
/// @param text the pattern
/// @param segments its parts between slashes
public record PathTemplate(String text, List<String> segments) {
    public PathTemplate {
        segments = List.copyOf(segments);
    }

    /// @param text begins with a slash
    public static PathTemplate of(String text) {
        return new PathTemplate(text, split(text));
    }

    /// The values of the variables, or null if the path does not match.
    public @Nullable Map<String, String> match(String path) {
        var parts = split(path);
        var values = new HashMap<String, String>();
        for (int i = 0; i < segments.size(); i++) {
            var segment = segments.get(i);
            if (segment.endsWith("…}")) {
                if (i >= parts.size()) {
                    return null;
                }
                values.put(
                        segment.substring(1, segment.length() - 2),
                        String.join("/", parts.subList(i, parts.size())));
                return values;
            }
            if (i >= parts.size()) {
                return null;
            }
            if (segment.startsWith("{")) {
                if (parts.get(i).isEmpty()) {
                    return null;
                }
                values.put(segment.substring(1, segment.length() - 1), parts.get(i));
            } else if (!segment.equals(parts.get(i))) {
                return null;
            }
        }
        return parts.size() == segments.size() ? values : null;
    }

    private static List<String> split(String path) {
        return new ArrayList<>(List.of(path.substring(1).split("/", -1)));
    }
}
