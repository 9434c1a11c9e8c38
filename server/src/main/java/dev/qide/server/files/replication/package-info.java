/// The files of managed workspaces in the database, of which a directory is a copy.
///
/// - [WorkspaceReplication] is what the database has of one workspace, and what has yet to be
///   compared; [ReplicationSchedule] has those of this server and decides when. [TreeUpload] writes
///   what differs to the database; [FileCapture] reads files, [BlobContent] splits them.
/// - [TreeRestore] makes a directory the same as the database. [LocalCopies] records of which state
///   a directory is a copy.
/// - [ReplicatedFiles] decides which files are replicated; [DirectoryEntries] reads and writes them
///   with their modes and times.
///
/// `files.FileReplication` calls the package: on the thread of a request for a change by the
/// server, and on threads of its own for changes by tools.
@NullMarked
package dev.qide.server.files.replication;

import org.jspecify.annotations.NullMarked;
