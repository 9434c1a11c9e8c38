/// Differences, merges and the style of texts: pure functions without threads, locks or files.
///
/// - [TokenSequence] divides a text into tokens; [TextDiff] compares two sequences at bounded cost,
///   with [MiddleSnake] as its inner step.
/// - [TextEdit] computes a small edit between two texts; [ThreeWayMerge] merges two texts with a
///   common ancestor.
/// - [LinearSearch] finds a text in another one.
/// - [WellFormed] replaces lone surrogates.
/// - [EditorConfig] reads an `.editorconfig`; [EditorConfigGlob] matches the name of a section.
/// - [Rope] is a text with edits in logarithmic time.
@NullMarked
package dev.qide.server.text;

import org.jspecify.annotations.NullMarked;
