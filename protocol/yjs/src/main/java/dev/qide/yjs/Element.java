package dev.qide.yjs;

/// An element of an array, a value of a map entry or an embed in a text: a plain value, a shared
/// type, or a reference to another document.
public sealed interface Element permits Value, SharedType, Subdocument {}
