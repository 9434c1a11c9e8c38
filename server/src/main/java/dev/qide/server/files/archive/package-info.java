/// Zip files as untrusted input.
///
/// [ZipArchive] reads one by its central directory. It trusts no length, offset or name: it checks
/// each against the bytes of the archive before anything is written. `files.ZipImport` calls it on
/// the thread of a request.
@NullMarked
package dev.qide.server.files.archive;

import org.jspecify.annotations.NullMarked;
