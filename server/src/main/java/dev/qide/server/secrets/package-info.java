/// Secrets: values that are never printed, files that are read again when they change, and
/// encryption of what must be stored readable.
///
/// - [Secret] prints as `***`; [SecretFile] reads one from a file.
/// - [KeyRing] holds the keys of a file; [Envelope] encrypts and decrypts with them.
/// - [SealedSecrets] stores encrypted secrets in the database, and rotates their keys.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.secrets;

import org.jspecify.annotations.NullMarked;
