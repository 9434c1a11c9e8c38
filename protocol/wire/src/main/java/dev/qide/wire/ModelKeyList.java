package dev.qide.wire;

import java.util.List;

/// Answer of `GET …/model-keys`: the models, and for which of them a key is stored.
public record ModelKeyList(List<Entry> keys) {
    public ModelKeyList {
        keys = List.copyOf(keys);
    }

    /// @param model the name by which clients choose the model
    public record Entry(String model, String provider, boolean isSet) {}
}
