/// Yjs in Java: the encodings and the document model of `yjs` 13.6, without run-time dependencies.
///
/// - [Doc] is a document; [YText], [YArray], [YMap] and [YXml] are its shared types. An update goes
///   through `UpdateApplier`, `UpdateReader`, `Integration` and, if dependencies are missing,
///   `PendingStructs`; `TransactionCleanup` ends each transaction. [UndoManager] undoes changes.
/// - [Updates], [UpdateHeader] and `UpdateSplitter` work on encoded updates without a document.
///   Every reader of updates uses `StructCursor`, which decides what is well-formed.
/// - [SyncProtocol] and [Awareness] are the messages of y-protocols; `Lib0Decoder` and
///   `Lib0Encoder` are the primitive encodings.
///
/// A document belongs to one thread; [Updates] and the immutable values are thread-safe. The README
/// of the module has a longer map.
@NullMarked
package dev.qide.yjs;

import org.jspecify.annotations.NullMarked;
