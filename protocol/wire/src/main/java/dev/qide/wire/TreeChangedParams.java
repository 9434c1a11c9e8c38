package dev.qide.wire;

/// Parameters of the notification `qide/treeChanged`: tools changed, made or deleted more files in
/// a folder than are reported one by one. A list of the folder's files is out of date.
///
/// @param path of the folder; empty for the whole workspace
public record TreeChangedParams(String path) {}
