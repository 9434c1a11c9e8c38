package dev.qide.server.nodes;

import org.jspecify.annotations.Nullable;

/// The storage of the files of managed workspaces.
public enum FileStorage {
    /// In the data directory of each server, which several servers have to share.
    DIRECTORY(
            "in directories of this machine; QIDE_FILES=database keeps those of managed workspaces in the database"),
    /// In the database; a directory is a copy that any server can restore.
    DATABASE(
            "of managed workspaces in the database, for every server; a workspace "
                    + "given with --workspace stays in its directory, on the servers that are "
                    + "started with it");

    private final String sentence;

    FileStorage(String sentence) {
        this.sentence = sentence;
    }

    /// @param setting null for the default
    /// @throws IllegalArgumentException with a sentence for the operator
    public static FileStorage parse(@Nullable String setting) {
        return switch (setting == null ? "directory" : setting) {
            case "directory" -> DIRECTORY;
            case "database" -> DATABASE;
            default ->
                    throw new IllegalArgumentException(
                            "QIDE_FILES is \"%s\": use directory or database.".formatted(setting));
        };
    }

    /// The meaning, for the operator.
    public String sentence() {
        return sentence;
    }
}
