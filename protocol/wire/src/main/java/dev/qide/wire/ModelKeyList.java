package dev.qide.wire;

import java.util.List;

/// Answer to `GET …/model-keys`: the models, each with whether a key is stored for it.
public record ModelKeyList(List<Entry> keys) {
    public ModelKeyList {
        keys = List.copyOf(keys);
    }

    /// @param model the name by which clients choose the model
    public record Entry(String model, String provider, boolean isSet) {}
}
