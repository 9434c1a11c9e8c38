package dev.qide.server.provider;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What a [ScriptedProvider] answers to one call.
///
/// @param pieces what the model generates, one output token each
/// @param firstByteDelay from the request to the response's head
/// @param tokenGap before each piece but the first
/// @param status the HTTP status; other than 200, the response is an error of the dialect
/// @param headers further response headers
/// @param fault what goes wrong after a 200
/// @param faultAfter the number of pieces before the fault
/// @param hasFillIn whether the endpoints of fill-in-the-middle exist
public record ProviderScript(
        List<Piece> pieces,
        Duration firstByteDelay,
        Duration tokenGap,
        int status,
        Map<String, String> headers,
        Fault fault,
        int faultAfter,
        boolean hasFillIn) {
    public ProviderScript {
        pieces = List.copyOf(pieces);
        headers = Map.copyOf(headers);
    }

    /// One output token of a model.
    public sealed interface Piece {
        record Text(String text) implements Piece {}

        record Thinking(String text) implements Piece {}

        /// A call of a tool, whole.
        ///
        /// @param arguments a JSON object as text
        record ToolCall(String id, String name, String arguments) implements Piece {}
    }

    /// A fault after the response's head.
    public enum Fault {
        NONE,
        /// The connection is reset.
        DIES,
        /// The connection ends in order, but the stream lacks its last frames.
        ENDS_EARLY,
        /// An error of the dialect, in the stream.
        ERROR_EVENT,
        /// A frame that is not JSON.
        MALFORMED,
        /// Silence until the client leaves.
        STALLS,
        /// Every byte is a packet of its own.
        DRIPS
    }

    public static ProviderScript saying(String... tokens) {
        return of(Arrays.stream(tokens).<Piece>map(Piece.Text::new).toList());
    }

    public static ProviderScript of(List<Piece> pieces) {
        return new ProviderScript(
                pieces, Duration.ZERO, Duration.ZERO, 200, Map.of(), Fault.NONE, 0, true);
    }

    /// The same token many times.
    public static ProviderScript repeating(String token, int count) {
        return of(java.util.Collections.nCopies(count, new Piece.Text(token)));
    }

    public ProviderScript after(Duration delay) {
        return new ProviderScript(
                pieces, delay, tokenGap, status, headers, fault, faultAfter, hasFillIn);
    }

    public ProviderScript every(Duration gap) {
        return new ProviderScript(
                pieces, firstByteDelay, gap, status, headers, fault, faultAfter, hasFillIn);
    }

    public ProviderScript failing(int code) {
        return failing(code, Map.of());
    }

    public ProviderScript failing(int code, Map<String, String> responseHeaders) {
        return new ProviderScript(
                pieces,
                firstByteDelay,
                tokenGap,
                code,
                responseHeaders,
                fault,
                faultAfter,
                hasFillIn);
    }

    /// @param pieceCount the number of pieces before the fault
    public ProviderScript with(Fault what, int pieceCount) {
        return new ProviderScript(
                pieces, firstByteDelay, tokenGap, status, headers, what, pieceCount, hasFillIn);
    }

    public ProviderScript withoutFillIn() {
        return new ProviderScript(
                pieces, firstByteDelay, tokenGap, status, headers, fault, faultAfter, false);
    }
}
