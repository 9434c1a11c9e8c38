/// The steps of file sync for one file and its document.
///
/// - [SyncSchedule] decides when a pass runs: 300 ms after the last change, at most 2 s after the
///   first, later while many documents change.
/// - [SyncPass] is one pass: it reads the file, merges what a tool wrote, and writes committed
///   text.
/// - [CompletedWrites] knows which pending writes this server completed; [TornWrite] finds out how
///   far the write of an earlier server got.
/// - [FileSnapshots] remembers the files as they were last read or written.
///
/// A pass holds the lock of its path; two passes of one file never overlap.
@NullMarked
package dev.qide.server.files.sync;

import org.jspecify.annotations.NullMarked;
