package dev.qide.wire;

/// Parameters of the notification `qide/accessChanged`: the person's right to edit the workspace,
/// when it has changed and after each `initialized`.
///
/// @param canEdit whether the person may now change documents and files
public record AccessChangedParams(boolean canEdit) {}
