package dev.qide.server.files;

/// What the writing of a file as a tool does it did.
enum ToolWrite {
    CREATED,
    CHANGED,
    UNCHANGED
}
