package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/templates`: the templates for new workspaces.
public record TemplateList(List<Template> templates) {
    public TemplateList {
        templates = List.copyOf(templates);
    }

    /// @param about one sentence for display
    public record Template(String name, String about) {}
}
