/// Change sets: edits that a model proposes to a shared document, accepted or rejected by hunk.
///
/// - [DocumentParticipant] is a client of a shared document within the server: a peer like every
///   editor, with a name and a client id of its own.
/// - [ProposedHunk] is one hunk, a Yjs update that is not sent until somebody accepts it.
///   [HunkBuilder] makes them from two texts.
/// - [ChangeSet] is the state of one proposal.
///
/// A participant's document is owned by its actor; the rest is thread-safe.
@NullMarked
package dev.qide.server.tools.change;

import org.jspecify.annotations.NullMarked;
