package dev.qide.server.tools;

import dev.qide.server.ai.Chats.Member;
import dev.qide.server.ai.PrivateFiles;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.wire.FailureException;

/// The texts of a workspace that may reach a model: the committed text of a shared document, else
/// the file's. Thread-safe; calls block.
final class WorkspaceTexts {
    private final WorkspaceFiles files;
    private final Collaboration documents;
    private final PrivateFiles privateFiles;

    WorkspaceTexts(WorkspaceFiles files, Collaboration documents, PrivateFiles privateFiles) {
        this.files = files;
        this.documents = documents;
        this.privateFiles = privateFiles;
    }

    /// The text of a file, with LF line ends.
    ///
    /// @throws FailureException `FILE_IGNORED` when it must not reach a model, `FILE_UNKNOWN`,
    ///   `PATH_ILLEGAL`, `IS_A_FOLDER`, `FILE_NOT_TEXT`, `FILE_TOO_LARGE`
    String read(Member member, String path) throws InterruptedException {
        privateFiles.requireShareable(member.name(), path);
        return existing(member, path);
    }

    /// The text of a file, with LF line ends, which may be one that must not reach a model.
    ///
    /// @throws FailureException as [#read], but for `FILE_IGNORED`
    String existing(Member member, String path) throws InterruptedException {
        var shared = documents.committedText(member.workspace(), path);
        if (shared != null) {
            return shared.text();
        }
        var bytes = files.read(member.name(), path).bytes();
        return files.compute(bytes.length, () -> TextFile.decoded(bytes).text());
    }

    /// Whether a model may know of a file.
    boolean isShareable(Member member, String path) {
        try {
            privateFiles.requireShareable(member.name(), path);
            return true;
        } catch (FailureException _) {
            return false;
        }
    }
}
