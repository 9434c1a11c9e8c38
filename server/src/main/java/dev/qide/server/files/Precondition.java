package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The state of a file that a write expects (RFC 9110, sections 13.1.1 and 13.1.2).
public sealed interface Precondition {
    /// The file has one of these hashes.
    ///
    /// @param hashes values of strong ETags; empty when the request named none that could match
    record Unchanged(Set<String> hashes) implements Precondition {
        public Unchanged {
            hashes = Set.copyOf(hashes);
        }
    }

    /// The file exists: `If-Match: *`.
    record Present() implements Precondition {}

    /// The file does not exist.
    record Absent() implements Precondition {}

    /// Any file or none, as for a tool's write.
    record Anything() implements Precondition {}

    /// Requires that a file is in the expected state.
    ///
    /// @param old the file; null for none
    /// @throws FailureException `PRECONDITION_FAILED`
    default void require(@Nullable FileContent old) {
        boolean isMet =
                switch (this) {
                    case Anything() -> true;
                    case Present() -> old != null;
                    case Absent() -> old == null;
                    case Unchanged(var hashes) -> old != null && hashes.contains(old.hash());
                };
        if (!isMet) {
            throw new FailureException(
                    Failure.PRECONDITION_FAILED,
                    old == null ? Map.of() : Map.of("etag", old.etag()));
        }
    }

    /// Reads the headers `If-Match` and `If-None-Match`. Weak tags never match a write.
    ///
    /// @throws FailureException `PRECONDITION_REQUIRED` when both are missing, `INVALID_PARAMS`
    ///   when both are present or one is malformed
    static Precondition of(@Nullable String ifMatch, @Nullable String ifNoneMatch) {
        if (ifMatch != null && ifNoneMatch != null) {
            throw unreadable("If-None-Match");
        }
        if (ifNoneMatch != null) {
            if (!"*".equals(ifNoneMatch.strip())) {
                throw unreadable("If-None-Match");
            }
            return new Absent();
        }
        var present = ofPresent(ifMatch);
        if (present == null) {
            throw new FailureException(Failure.PRECONDITION_REQUIRED);
        }
        return present;
    }

    /// Reads `If-Match` of a request that creates nothing.
    ///
    /// @return null when it was not sent
    /// @throws FailureException `INVALID_PARAMS` when it cannot be read
    static @Nullable Precondition ofPresent(@Nullable String ifMatch) {
        if (ifMatch == null) {
            return null;
        }
        return "*".equals(ifMatch.strip()) ? new Present() : new Unchanged(tags(ifMatch));
    }

    private static Set<String> tags(String header) {
        var tag = Pattern.compile("\\s*(W/)?\"([\\x21\\x23-\\x7E]*)\"\\s*(,|$)").matcher(header);
        var hashes = new HashSet<String>();
        int end = 0;
        while (end < header.length()) {
            tag.region(end, header.length());
            if (!tag.lookingAt()) {
                throw unreadable("If-Match");
            }
            if (tag.group(1) == null) {
                hashes.add(tag.group(2));
            }
            end = tag.end();
        }
        return hashes;
    }

    private static FailureException unreadable(String header) {
        return new FailureException(Failure.INVALID_PARAMS, Map.of("header", header));
    }
}
