/// The format of a backup.
///
/// - [BackupFile] is the file: a line that names the format, the content, an end.
/// - [SchemaCatalog] is what the database says of its tables and sequences, so that none is
///   forgotten.
/// - [RowHashes] counts and hashes rows; a restore is verified by them.
@NullMarked
package dev.qide.server.store.backup;

import org.jspecify.annotations.NullMarked;
