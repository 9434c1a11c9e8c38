/// Keeps secrets from leaving.
///
/// - [SecretFormats] finds keys of known formats and random strings in a text.
/// - [Redaction] replaces them in one request by placeholders, and restores them in its answer.
/// - [PrivateNames] knows files that hold secrets by their names.
///
/// Pure functions, and one object for each call.
@NullMarked
package dev.qide.server.ai.privacy;

import org.jspecify.annotations.NullMarked;
