/// Differences, merges and the style of texts: pure functions without a thread, a lock or a file.
///
/// - [TokenSequence] cuts a text into pieces; [TextDiff] compares two of them at a bounded cost,
///   with [MiddleSnake] as its inner step.
/// - [TextEdit] is the smallest useful edit between two texts; [ThreeWayMerge] merges two texts
///   with a common ancestor. [WellFormed] refuses lone surrogates.
/// - [EditorConfig] reads an `.editorconfig`; [EditorConfigGlob] is the name of a section.
/// - [Rope] is a text that can be edited anywhere in logarithmic time.
@NullMarked
package dev.qide.server.text;

import org.jspecify.annotations.NullMarked;
