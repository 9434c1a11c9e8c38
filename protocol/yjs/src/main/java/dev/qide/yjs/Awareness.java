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

/// The awareness states of all clients: a JSON state per client, which expires when it is not
/// renewed (y-protocols, `awareness.js`).
///
/// Each client numbers its own states. A state is accepted if its clock is higher than the known
/// one, or if it is equal and the state says that the client has left. Owned by one thread.
public final class Awareness {
    /// A state that is not renewed within this time expires.
    public static final Duration OUTDATED = Duration.ofSeconds(30);

    /// The local state is renewed at this age.
    public static final Duration RENEWAL = OUTDATED.dividedBy(2);

    /// The state of one client in a message.
    ///
    /// @param json the state; null if the client has left
    public record Entry(long client, long clock, @Nullable String json) {}

    /// The clients whose states were added, updated or removed, by a message or by expiry.
    public record Change(List<Long> added, List<Long> updated, List<Long> removed) {
        /// Whether no client's state changed.
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

    /// @param ownClient the client id of the local state
    public Awareness(long ownClient, InstantSource time) {
        this.ownClient = ownClient;
        this.time = time;
    }

    /// The states of all present clients.
    public Map<Long, String> states() {
        return Map.copyOf(states);
    }

    /// Sets or renews the local state; null removes it.
    public Change setOwnState(@Nullable String json) {
        long clock = clocks.containsKey(ownClient) ? clocks.get(ownClient) + 1 : 0;
        var change = new Change(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        put(new Entry(ownClient, clock, json), change);
        return change;
    }

    /// Applies the entries of a message that are newer than the known states.
    ///
    /// @throws MalformedUpdateException when the bytes are not an awareness message; nothing is
    ///   applied
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
                    // Another client claims that this one has left; a higher clock corrects that.
                    clocks.put(ownClient, entry.clock() + 1);
                } else {
                    put(entry, change);
                }
            }
        }
        return change;
    }

    /// Removes states that were not renewed in time, except the local one.
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

    /// Whether the local state is due for renewal.
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

    /// A message with the states of some clients; for a client that has left it says so.
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
