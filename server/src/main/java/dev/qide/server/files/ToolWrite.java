package dev.qide.server.files;

/// The outcome of writing a file as a tool does.
enum ToolWrite {
    CREATED,
    CHANGED,
    UNCHANGED
}
