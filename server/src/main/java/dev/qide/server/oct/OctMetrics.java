package dev.qide.server.oct;

import dev.qide.server.telemetry.Metrics;
import java.util.Locale;

/// The metrics of this package. Thread-safe.
final class OctMetrics {
    private final Metrics.LabelledCounter messages;
    private final Metrics.Counter bytes;
    private final Metrics.LabelledCounter refusals;

    /// Why something is refused or dropped, besides [OctFailure].
    enum Refusal {
        MALFORMED,
        UNENCRYPTED,
        TOO_LARGE,
        TOO_MANY,
        TOO_SLOW,
        UNANSWERED;

        String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    OctMetrics(Metrics metrics) {
        messages =
                metrics.counter(
                        "qide_oct_messages_total",
                        "Messages that editors sent to rooms of Open Collaboration Tools, by kind.",
                        "kind");
        bytes =
                metrics.counter(
                        "qide_oct_message_bytes_total",
                        "Bytes of the messages that editors sent to rooms of Open Collaboration"
                                + " Tools.");
        refusals =
                metrics.counter(
                        "qide_oct_refusals_total",
                        "Requests and messages of Open Collaboration Tools that were refused or"
                                + " not delivered, by reason.",
                        "reason");
    }

    void received(OctMessage.Kind kind, int length) {
        messages.increment(kind.wireName());
        bytes.add(length);
    }

    void refused(Refusal refusal) {
        refusals.increment(refusal.wireName());
    }

    OctException refused(OctFailure failure) {
        refusals.increment(failure.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        return new OctException(failure);
    }
}
