package dev.qide.server.store;

import com.zaxxer.hikari.HikariDataSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The connections of pools, as a gauge with the labels `pool` and `state` reports them.
final class PoolStates {
    private PoolStates() {}

    static Map<List<String>, Double> of(List<HikariDataSource> pools) {
        var states = new HashMap<List<String>, Double>();
        for (var pool : pools) {
            var name = pool.getPoolName();
            var now = pool.getHikariPoolMXBean();
            states.put(List.of(name, "active"), (double) now.getActiveConnections());
            states.put(List.of(name, "idle"), (double) now.getIdleConnections());
            states.put(List.of(name, "pending"), (double) now.getThreadsAwaitingConnection());
        }
        return states;
    }
}
