/// The steps of keeping one file and its document the same.
///
/// - [SyncSchedule] decides when: 300 ms after the last change, 2 s after the first.
/// - [SyncPass] does one pass: read the file, merge what a tool wrote, write what was committed.
/// - [FileSnapshots] remembers what files were when last read or written.
///
/// A pass holds the lock of its path; two passes of one file never overlap.
@NullMarked
package dev.qide.server.files.sync;

import org.jspecify.annotations.NullMarked;
