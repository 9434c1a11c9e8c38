package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;

/// The header of an update (v1): the ids that it contains, needs and deletes. The content is
/// checked but not kept. Immutable by convention: do not change the sets.
///
/// An update whose header can be read integrates into every document, at once or when its
/// dependencies have arrived.
public final class UpdateHeader {
    private final IdSet structs;
    private final List<Id> dependencies;
    private final IdSet deletions;

    private UpdateHeader(IdSet structs, List<Id> dependencies, IdSet deletions) {
        this.structs = structs;
        this.dependencies = dependencies;
        this.deletions = deletions;
    }

    /// Reads an update within [DecodeLimits#STANDARD].
    ///
    /// @throws MalformedUpdateException when the bytes are not exactly one well-formed update
    public static UpdateHeader read(byte[] update) {
        return read(update, DecodeLimits.STANDARD);
    }

    /// Reads an update.
    ///
    /// @throws MalformedUpdateException when the bytes are not exactly one well-formed update, or
    ///   exceed the limits
    public static UpdateHeader read(byte[] update, DecodeLimits limits) {
        var cursor = new StructCursor(update, limits);
        var structs = new IdSet();
        var needed = new ArrayList<Id>();
        long runClient = -1;
        long runFrom = 0;
        long runTo = 0;
        while (cursor.next()) {
            boolean continues = cursor.client == runClient && cursor.clock == runTo;
            if (cursor.kind == StructCursor.SKIP) {
                continue;
            }
            if (!continues) {
                addRun(structs, runClient, runFrom, runTo);
                runClient = cursor.client;
                runFrom = cursor.clock;
                if (runFrom > 0) {
                    needed.add(new Id(runClient, runFrom - 1));
                }
            }
            runTo = cursor.clock + cursor.length;
            collectNeeds(cursor, runFrom, needed);
        }
        addRun(structs, runClient, runFrom, runTo);
        needed.removeIf(structs::contains);
        return new UpdateHeader(structs, List.copyOf(needed), cursor.readDeleteSet());
    }

    private static void addRun(IdSet structs, long client, long from, long to) {
        if (to > from) {
            structs.add(client, from, to);
        }
    }

    /// Most items depend on the preceding struct of the same run; those ids are not collected.
    private static void collectNeeds(StructCursor cursor, long runFrom, List<Id> needed) {
        if (cursor.hasOrigin()) {
            collect(cursor, cursor.originClient, cursor.originClock, runFrom, needed);
        }
        if (cursor.hasRightOrigin()) {
            collect(cursor, cursor.rightOriginClient, cursor.rightOriginClock, runFrom, needed);
        }
        if (cursor.hasParentId()) {
            collect(cursor, cursor.parentClient, cursor.parentClock, runFrom, needed);
        }
    }

    private static void collect(
            StructCursor cursor, long client, long clock, long runFrom, List<Id> needed) {
        if (client != cursor.client || clock < runFrom) {
            needed.add(new Id(client, clock));
        }
    }

    /// The ids of the structs that it contains, without gaps (`Skip`).
    public IdSet structs() {
        return structs;
    }

    /// The ids that it needs but does not contain: neighbours and parents of its items, and the id
    /// directly before each run of an author that does not start at clock 0. In the order of their
    /// occurrence, possibly repeated.
    public List<Id> dependencies() {
        return dependencies;
    }

    /// The ids in its delete set.
    public IdSet deletions() {
        return deletions;
    }

    /// Whether it contains no structs and no deletions.
    public boolean isEmpty() {
        return structs.isEmpty() && deletions.isEmpty();
    }
}
