package dev.qide.server.store;

/// The metadata of a document's file.
///
/// @param hash lower-case hex SHA-256 of the file's bytes
/// @param lineEnd `lf` or `crlf`
/// @param encoding IANA name, for instance `utf-8`
public record FileMetadata(String hash, String lineEnd, boolean hasBom, String encoding) {}
