package dev.qide.wire;

/// Body of `PUT …/model-keys/{model}`: a key of a provider, which is never shown again.
public record ModelKeyValue(String key) {
    @Override
    public String toString() {
        return "ModelKeyValue[***]";
    }
}
