package dev.qide.server.ai.provider;

import dev.qide.server.ai.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The special tokens with which a family of models fills a gap, from its model card.
///
/// @param suffixFirst whether the suffix comes before the prefix
/// @param stop tokens that end an answer if a server passes them on
record FillInTemplate(
        String prefixToken,
        String suffixToken,
        String middleToken,
        boolean suffixFirst,
        List<String> stop) {
    FillInTemplate {
        stop = List.copyOf(stop);
    }

    /// The template of a family; null for manners without one.
    static @Nullable FillInTemplate of(Model.FillIn manner) {
        return switch (manner) {
            case QWEN ->
                    new FillInTemplate(
                            "<|fim_prefix|>",
                            "<|fim_suffix|>",
                            "<|fim_middle|>",
                            false,
                            List.of("<|endoftext|>", "<|file_sep|>", "<|fim_pad|>"));
            case STARCODER ->
                    new FillInTemplate(
                            "<fim_prefix>",
                            "<fim_suffix>",
                            "<fim_middle>",
                            false,
                            List.of("<|endoftext|>", "<file_sep>"));
            case CODELLAMA ->
                    new FillInTemplate("<PRE> ", " <SUF>", " <MID>", false, List.of("<EOT>"));
            case DEEPSEEK ->
                    new FillInTemplate(
                            "<｜fim▁begin｜>",
                            "<｜fim▁hole｜>",
                            "<｜fim▁end｜>",
                            false,
                            List.of("<｜end▁of▁sentence｜>"));
            case CODESTRAL -> new FillInTemplate("[PREFIX]", "[SUFFIX]", "", true, List.of("</s>"));
            case AUTO, SUFFIX, INFILL, CHAT -> null;
        };
    }

    String prompt(ModelRequest.FillIn request) {
        return suffixFirst
                ? suffixToken + request.suffix() + prefixToken + request.prefix() + middleToken
                : prefixToken + request.prefix() + suffixToken + request.suffix() + middleToken;
    }
}
