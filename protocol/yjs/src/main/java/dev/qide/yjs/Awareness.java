package dev.qide.yjs;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who is here and what they show of themselves: a JSON state for each client, which is forgotten
/// when it is not renewed (y-protocols, `awareness.js`).
///
/// Each client counts its own states. A state is taken when its clock is higher than the known one,
/// or equal and it says that the client has gone. Owned by one thread.
public final class Awareness {
    /// A state that was not renewed for so long is dropped.
    public static final Duration OUTDATED = Duration.ofSeconds(30);

    /// The own state is renewed when it is this old.
    public static final Duration RENEWAL = OUTDATED.dividedBy(2);

    /// The state of one client in a message.
    ///
    /// @param json the state; null when the client has gone
    public record Entry(long client, long clock, @Nullable String json) {}

    /// What a message or the passing of time changed, by client.
    public record Change(List<Long> added, List<Long> updated, List<Long> removed) {
        public boolean isEmpty() {
            return added.isEmpty() && updated.isEmpty() && removed.isEmpty();
        }
    }

    private static final String GONE = "null";

    private final long ownClient;
    private final InstantSource time;
    private final Map<Long, String> states = new HashMap<>();
    private final Map<Long, Long> clocks = new HashMap<>();
    private final Map<Long, Instant> renewedAt = new HashMap<>();

    /// @param ownClient the client whose state this side sets
    public Awareness(long ownClient, InstantSource time) {
        this.ownClient = ownClient;
        this.time = time;
    }

    /// The states of all who are here, by client.
    public Map<Long, String> states() {
        return Map.copyOf(states);
    }

    /// Sets or renews the own state; null leaves.
    public Change setOwnState(@Nullable String json) {
        long clock = clocks.containsKey(ownClient) ? clocks.get(ownClient) + 1 : 0;
        var change = new Change(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        put(new Entry(ownClient, clock, json), change);
        return change;
    }

    /// Takes the entries of a message that are news.
    ///
    /// @throws MalformedUpdateException when the bytes are no awareness message; nothing is taken
    public Change apply(byte[] message) {
        var change = new Change(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (var entry : decode(message)) {
            long known = clocks.getOrDefault(entry.client(), 0L);
            boolean isHere = states.containsKey(entry.client());
            boolean isNews =
                    known < entry.clock()
                            || (known == entry.clock() && entry.json() == null && isHere);
            if (isNews || !clocks.containsKey(entry.client())) {
                if (entry.client() == ownClient && entry.json() == null && isHere) {
                    // Somebody believes that we have gone: a higher clock corrects it.
                    clocks.put(ownClient, entry.clock() + 1);
                } else {
                    put(entry, change);
                }
            }
        }
        return change;
    }

    /// Drops states that were not renewed in time, never the own one.
    public Change expire() {
        var change = new Change(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        var limit = time.instant().minus(OUTDATED);
        for (var client : List.copyOf(states.keySet())) {
            var renewed = renewedAt.getOrDefault(client, Instant.MIN);
            if (client != ownClient && !renewed.isAfter(limit)) {
                states.remove(client);
                change.removed().add(client);
            }
        }
        return change;
    }

    /// Whether the own state is due to be set again.
    public boolean needsRenewal() {
        var renewed = renewedAt.getOrDefault(ownClient, Instant.MIN);
        return states.containsKey(ownClient) && !renewed.isAfter(time.instant().minus(RENEWAL));
    }

    private void put(Entry entry, Change change) {
        clocks.put(entry.client(), entry.clock());
        renewedAt.put(entry.client(), time.instant());
        var json = entry.json();
        if (json == null) {
            if (states.remove(entry.client()) != null) {
                change.removed().add(entry.client());
            }
        } else if (states.put(entry.client(), json) == null) {
            change.added().add(entry.client());
        } else {
            change.updated().add(entry.client());
        }
    }

    /// A message with the present states of some clients; one that has gone is said to have.
    public byte[] encode(Collection<Long> clients) {
        var entries = new ArrayList<Entry>();
        for (long client : clients) {
            long clock = clocks.getOrDefault(client, 0L);
            entries.add(new Entry(client, clock, states.get(client)));
        }
        return encode(entries);
    }

    /// Writes a message.
    public static byte[] encode(List<Entry> entries) {
        var encoder = new Lib0Encoder();
        encoder.writeVarUint(entries.size());
        for (var entry : entries) {
            var json = entry.json();
            encoder.writeVarUint(entry.client()).writeVarUint(entry.clock());
            encoder.writeVarString(json == null ? GONE : json);
        }
        return encoder.toBytes();
    }

    /// Reads a message: `varUint n · n × (varUint client · varUint clock · varString JSON)`.
    ///
    /// @throws MalformedUpdateException for anything else
    public static List<Entry> decode(byte[] message) {
        var decoder = new Lib0Decoder(message);
        var entries = new ArrayList<Entry>();
        for (long left = decoder.readVarUint(); left > 0; left--) {
            long client = decoder.readVarUint();
            long clock = decoder.readVarUint();
            int length = decoder.readLength();
            int start = decoder.position();
            JsonSyntax.check(message, start, start + length, DecodeLimits.STANDARD_DEPTH);
            decoder.skip(length);
            var json = Utf8.decode(message, start, start + length);
            entries.add(new Entry(client, clock, json.equals(GONE) ? null : json));
        }
        if (decoder.hasMore()) {
            throw decoder.malformed("bytes follow the message");
        }
        return entries;
    }
}
