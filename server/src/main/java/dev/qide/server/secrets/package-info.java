/// Secrets: values that are never printed, files that are read again when they change, and
/// encryption of stored secrets.
///
/// - [Secret] prints as `***`; [SecretFile] reads one from a file. Both are a [SecretSource].
/// - [KeyRing] reads the keys in a file; [Envelope] encrypts and decrypts with them.
/// - [SealedSecrets] stores encrypted secrets in the database and rotates their keys.
///
/// Thread-safe; [SealedSecrets] blocks on the database.
@NullMarked
package dev.qide.server.secrets;

import org.jspecify.annotations.NullMarked;
