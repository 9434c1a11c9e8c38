package dev.qide.yjs;

/// What an array, a map entry or an embed in a text can be: a plain value, a shared type, or
/// another document that is only named.
public sealed interface Element permits Value, SharedType, Subdocument {}
