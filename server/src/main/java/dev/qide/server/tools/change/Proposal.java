package dev.qide.server.tools.change;

import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.server.collab.Access;
import dev.qide.server.collab.Collaboration;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// Makes a change set: joins the document and computes the hunks.
///
/// @param random generates client ids
public record Proposal(Collaboration documents, RandomGenerator random) {
    /// @param change maps the present text to the wanted one
    /// @throws FailureException `INVALID_PARAMS` when nothing would change, and what opening the
    ///   document or `change` throws
    public ChangeSet open(ToolCaller caller, String path, UnaryOperator<String> change)
            throws InterruptedException {
        var name = "%s for %s".formatted(caller.agent(), caller.rights().name());
        var rights = new ChangeSet.CurrentRights(caller.rights());
        var participant =
                new DocumentParticipant(
                        documents,
                        caller.member().workspace(),
                        path,
                        rights,
                        new Access.Member(UUID.randomUUID().toString(), name),
                        random);
        try {
            var hunks =
                    participant.compute((doc, text) ->
                            new HunkBuilder(doc, text, random)
                                    .build(change.apply(text.toString())));
            if (hunks.isEmpty()) {
                throw new FailureException(
                        Failure.INVALID_PARAMS, Map.of("needs", "an edit that changes the text"));
            }
            return new ChangeSet(
                    new ChangeSet.Subject(caller.member(), name, path), rights, participant, hunks);
        } catch (RuntimeException | InterruptedException failure) {
            participant.close();
            throw failure;
        }
    }
}
