package dev.qide.server.language;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.Set;

/// The limits of one language server.
///
/// @param memoryMiB the data memory of each of its processes (`RLIMIT_DATA`)
/// @param processes the number of concurrent threads and processes, where the machine can count
///   them
/// @param outputMiBPerMinute the output per minute
/// @param answer the time to answer a request; a server that sends nothing at all in this time is
///   restarted
/// @param idle the time without use after which it is stopped
public record ServerLimits(
        long memoryMiB, int processes, int outputMiBPerMinute, Duration answer, Duration idle) {
    public static final ServerLimits STANDARD =
            new ServerLimits(2_048, 256, 512, Duration.ofMinutes(2), Duration.ofMinutes(30));

    private static final Set<String> NAMES =
            Set.of("memoryMiB", "processes", "outputMiBPerMinute", "answerSeconds", "idleSeconds");

    public ServerLimits {
        boolean areNumbersPositive = memoryMiB > 0 && processes > 0 && outputMiBPerMinute > 0;
        if (!areNumbersPositive || !answer.isPositive() || !idle.isPositive()) {
            throw new IllegalArgumentException("Each limit is at least 1.");
        }
    }

    /// Reads declared limits; missing ones are those of [#STANDARD].
    static ServerLimits of(JsonObject json) {
        for (var name : json.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("There is no limit named " + name + ".");
            }
        }
        return new ServerLimits(
                number(json.get("memoryMiB"), STANDARD.memoryMiB()),
                Math.toIntExact(number(json.get("processes"), STANDARD.processes())),
                Math.toIntExact(
                        number(json.get("outputMiBPerMinute"), STANDARD.outputMiBPerMinute())),
                Duration.ofSeconds(
                        number(json.get("answerSeconds"), STANDARD.answer().toSeconds())),
                Duration.ofSeconds(number(json.get("idleSeconds"), STANDARD.idle().toSeconds())));
    }

    private static long number(
            @org.jspecify.annotations.Nullable JsonElement value, long standard) {
        return value == null ? standard : value.getAsLong();
    }
}
