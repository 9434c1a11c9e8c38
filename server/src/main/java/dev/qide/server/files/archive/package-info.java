/// Zip files as untrusted input.
///
/// [ZipArchive] reads one by its central directory and believes no length, offset or name in it:
/// every one is checked against the bytes that are there before anything is written.
@NullMarked
package dev.qide.server.files.archive;

import org.jspecify.annotations.NullMarked;
