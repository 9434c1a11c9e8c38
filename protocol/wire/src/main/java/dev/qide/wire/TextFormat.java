package dev.qide.wire;

/// Body of the answer to `GET /api/workspaces/{ws}/text-format?path=`: how the text of a file is
/// stored on disk. Shared documents have LF line ends and no encoding.
///
/// @param lineEnd `lf` or `crlf`, which most lines of the file have
/// @param encoding `utf-8`, `utf-16le`, `utf-16be`, `iso-8859-1` or `windows-1252`
/// @param hasByteOrderMark whether the file begins with one; one in UTF-16 always does
public record TextFormat(String lineEnd, String encoding, boolean hasByteOrderMark) {}
