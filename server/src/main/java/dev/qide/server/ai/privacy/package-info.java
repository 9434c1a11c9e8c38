/// Keeps secrets on this machine.
///
/// - [SecretFormats] finds keys in known formats and random strings in a text.
/// - [Redaction] replaces them in a request by placeholders and restores them in the answer.
/// - [KnownSecrets] finds the same secrets again in what a model thought.
/// - [SecretFileNames] recognizes files with secrets by their names.
///
/// Pure functions, and one object per call.
@NullMarked
package dev.qide.server.ai.privacy;

import org.jspecify.annotations.NullMarked;
