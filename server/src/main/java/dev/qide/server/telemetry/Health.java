package dev.qide.server.telemetry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// The health of the server. Components register a check; `/ready` runs all of them. Thread-safe.
public final class Health {
    private final Map<String, Supplier<State>> checks = new ConcurrentHashMap<>();

    /// Registers a check.
    ///
    /// @param component a short closed-set name, for instance `database`
    /// @param check returns at once, without I/O
    public void register(String component, Supplier<State> check) {
        checks.put(component, check);
    }

    /// The state of every component, by name.
    public Map<String, State> states() {
        var states = new LinkedHashMap<String, State>();
        checks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(check -> states.put(check.getKey(), check.getValue().get()));
        return states;
    }

    /// Whether the server accepts work: no component is down.
    public boolean isReady() {
        return states().values().stream().noneMatch(state -> state instanceof State.Down);
    }

    /// A component's state.
    public sealed interface State {
        record Up() implements State {}

        /// Works with restrictions; the sentence says which, and what to do.
        record Degraded(String sentence) implements State {}

        /// Does not work, and the server cannot work without it; the sentence says what to do.
        record Down(String sentence) implements State {}
    }
}
