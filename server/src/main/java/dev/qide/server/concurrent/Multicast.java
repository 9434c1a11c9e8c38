package dev.qide.server.concurrent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// A loop that sends the same frames to many receivers, so that the receivers that are reached over
/// one connection can get a frame together.
///
/// The sender runs its loop through [#run(Runnable)]. Code that the loop calls may put frames into
/// a [#collector]; the collectors run at the end of the loop, in the order in which they were made.
/// Thread-safe; collectors belong to the thread that runs the loop.
public final class Multicast {
    private static final ScopedValue<Map<Object, Runnable>> COLLECTORS = ScopedValue.newInstance();

    private Multicast() {}

    /// Runs a loop, then the collectors that it made.
    public static void run(Runnable loop) {
        if (isRunning()) {
            loop.run();
            return;
        }
        var collectors = new LinkedHashMap<Object, Runnable>(2);
        try {
            ScopedValue.where(COLLECTORS, collectors).run(loop);
        } finally {
            collectors.values().forEach(Runnable::run);
        }
    }

    /// Whether the calling thread is in such a loop.
    public static boolean isRunning() {
        return COLLECTORS.isBound();
    }

    /// The collector of a key in the running loop.
    ///
    /// @param type of all collectors of this key
    /// @param fresh makes it at the first call
    public static <T extends Runnable> T collector(Object key, Class<T> type, Supplier<T> fresh) {
        return type.cast(COLLECTORS.get().computeIfAbsent(key, _ -> fresh.get()));
    }
}
