package dev.qide.server.telemetry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What is able to work. Components register a check; `/ready` asks all of them. Thread-safe.
public final class Health {
    private final Map<String, Supplier<State>> checks = new ConcurrentHashMap<>();

    /// @param component a short closed-set name, for instance `database`
    /// @param check answers at once, without I/O of its own
    public void register(String component, Supplier<State> check) {
        checks.put(component, check);
    }

    /// Every component's state, by name.
    public Map<String, State> states() {
        var states = new LinkedHashMap<String, State>();
        checks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(check -> states.put(check.getKey(), check.getValue().get()));
        return states;
    }

    /// Whether work can be accepted: no component that is needed is down.
    public boolean isReady() {
        return states().values().stream().noneMatch(state -> state instanceof State.Down);
    }

    /// A component's state.
    public sealed interface State {
        record Up() implements State {}

        /// Works with less; the sentence says what does not and what to do.
        record Degraded(String sentence) implements State {}

        /// Does not work, and the server cannot work without it.
        record Down(String sentence) implements State {}
    }
}
