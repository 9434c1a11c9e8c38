/// TLS with certificates from PEM files.
///
/// - [PemKeyPair] reads a certificate chain and its private key, and refuses a pair that does not
///   match, with a sentence that says what to do.
/// - [ServerTls] gives each new connection a [TlsLayer] with the latest usable pair. `WebServer`
///   calls it at the start and then regularly, on one timer's thread.
/// - [TlsLayer] encrypts and decrypts, with [RecordBuffers] of all connections.
@NullMarked
package dev.qide.server.transport.tls;

import org.jspecify.annotations.NullMarked;
