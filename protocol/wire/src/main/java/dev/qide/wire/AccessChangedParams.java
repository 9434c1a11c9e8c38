package dev.qide.wire;

/// Parameters of the notification `qide/accessChanged`: what the person may do in the workspace has
/// changed.
///
/// @param canEdit whether the person may now change documents and files
public record AccessChangedParams(boolean canEdit) {}
