package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// A legal name of a file or folder inside a workspace: relative, with `/`, for instance
/// `src/main.py`. It says nothing of whether the file exists.
///
/// Names that another system would read as something else are not legal (`\`, a dot or space at the
/// end), so that a workspace means the same everywhere. Unicode is kept as it is, not normalized.
///
/// @param value at most 1,024 bytes in UTF-8, each segment at most 255
public record WorkspacePath(String value) {
    private static final int PATH_BYTES = 1024;
    private static final int SEGMENT_BYTES = 255;

    /// @throws FailureException `PATH_ILLEGAL`, tag `reason`
    public WorkspacePath {
        if (value.isEmpty()) {
            throw illegal("empty");
        }
        if (value.length() > PATH_BYTES || bytes(value) > PATH_BYTES) {
            throw illegal("too-long");
        }
        for (var segment : value.split("/", -1)) {
            check(segment);
        }
    }

    /// The names from the root down.
    public List<String> segments() {
        return List.of(value.split("/", -1));
    }

    /// The last name.
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    /// The part before the last name, with its `/`; empty at the root.
    public String folder() {
        return value.substring(0, value.lastIndexOf('/') + 1);
    }

    /// The path of another name in the same folder.
    public WorkspacePath sibling(String name) {
        return new WorkspacePath(folder() + name);
    }

    /// Whether another path is this one or lies below it.
    boolean contains(String other) {
        return other.startsWith(value)
                && (other.length() == value.length() || other.charAt(value.length()) == '/');
    }

    static FailureException illegal(String reason) {
        return new FailureException(Failure.PATH_ILLEGAL, Map.of("reason", reason));
    }

    private static void check(String segment) {
        if (segment.indexOf('\uFFFD') >= 0) {
            // The replacement for bytes that are not UTF-8 would name another file.
            throw illegal("not-utf-8");
        }
        if (segment.isEmpty()) {
            throw illegal("empty-segment");
        }
        if (bytes(segment) > SEGMENT_BYTES) {
            throw illegal("too-long");
        }
        if (segment.equals(".") || segment.equals("..")) {
            throw illegal("dot-segment");
        }
        if (segment.endsWith(".") || segment.endsWith(" ")) {
            throw illegal("dot-or-space-at-end");
        }
        if (segment.indexOf('\\') >= 0) {
            throw illegal("backslash");
        }
        if (segment.codePoints().anyMatch(WorkspacePath::isForbidden)) {
            throw illegal("character");
        }
    }

    /// Control characters, lone surrogates, and characters that change the direction of text.
    private static boolean isForbidden(int character) {
        return Character.isISOControl(character)
                || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)
                || (character >= 0x202A && character <= 0x202E)
                || (character >= 0x2066 && character <= 0x2069)
                || character == 0x2028
                || character == 0x2029;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public String toString() {
        return value;
    }
}
