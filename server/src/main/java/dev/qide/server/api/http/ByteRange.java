package dev.qide.server.api.http;

import dev.qide.server.files.FileDownload.Slice;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The part of a file that a `Range` header requests (RFC 9110, section 14): one range of bytes.
/// Headers with several ranges, another unit or malformed ranges are ignored, as the section
/// allows.
public sealed interface ByteRange {
    /// The whole file: the header is absent or ignored.
    record Whole() implements ByteRange {}

    /// @param slice is within the file, and not empty
    record Part(Slice slice) implements ByteRange {}

    /// The range starts after the end of the file.
    record Unsatisfiable() implements ByteRange {}

    /// A number with more digits is larger than any file.
    int DIGITS = 18;

    /// @param header the `Range` header, or null
    /// @param length the file's length in bytes
    static ByteRange of(@Nullable String header, long length) {
        var range =
                Pattern.compile("(?i)bytes=(\\d*)-(\\d*)")
                        .matcher(header == null ? "" : header.strip());
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return new Whole();
        }
        if (range.group(1).isEmpty()) {
            long last = Math.min(number(range.group(2)), length);
            return last == 0 ? new Unsatisfiable() : new Part(new Slice(length - last, last));
        }
        long from = number(range.group(1));
        long to = range.group(2).isEmpty() ? Long.MAX_VALUE : number(range.group(2));
        if (to < from) {
            return new Whole();
        }
        return from >= length
                ? new Unsatisfiable()
                : new Part(new Slice(from, Math.min(to, length - 1) - from + 1));
    }

    /// The value of `Content-Range`.
    static String of(Slice slice, long length) {
        return "bytes %d-%d/%d".formatted(slice.from(), slice.from() + slice.length() - 1, length);
    }

    private static long number(String digits) {
        var significant = digits.replaceFirst("^0+(?=.)", "");
        return significant.length() > DIGITS ? Long.MAX_VALUE : Long.parseLong(significant);
    }
}
