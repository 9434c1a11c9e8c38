package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the request `qide/changeSetPropose`: a change that an editor derived from a
/// model's answer.
///
/// @param path of a file that exists
/// @param before the whole text that the editor shows; changes that others have made in the
///   meantime stay
/// @param after the whole text after the change
/// @param agent the name of the model, which others see; the first 100 UTF-16 units count
public record ChangeSetProposal(String path, String before, String after, @Nullable String agent) {}
