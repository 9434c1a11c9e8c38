package dev.qide.wire;

import java.util.List;

/// Body of the answer to `GET /api/templates`: what a workspace can be made from.
public record TemplateList(List<Template> templates) {
    public TemplateList {
        templates = List.copyOf(templates);
    }

    /// @param about one sentence for the person
    public record Template(String name, String about) {}
}
