/// The format of a backup.
///
/// - [BackupFile] reads, writes and verifies the file.
/// - [SchemaCatalog] lists the tables and sequences of a schema from PostgreSQL's catalogue.
/// - [RowHashes] counts and hashes rows, by which a restore is verified.
///
/// Used by `Backup` and `Restore`, on the thread of the command.
@NullMarked
package dev.qide.server.store.backup;

import org.jspecify.annotations.NullMarked;
