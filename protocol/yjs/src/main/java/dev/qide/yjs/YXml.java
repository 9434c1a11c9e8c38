package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An XML fragment, element or hook of a document. It can be decoded, integrated, encoded and read;
/// local edits are not supported yet. See [SharedType].
public final class YXml extends SharedType {
    YXml(Branch branch) {
        super(branch);
    }

    /// The tag of an element or the name of a hook; null for a fragment.
    public @Nullable String name() {
        return branch.xmlName;
    }

    /// Elements, texts and hooks inside.
    public List<SharedType> children() {
        var children = new ArrayList<SharedType>();
        for (Item item = branch.start; item != null; item = item.right) {
            if (!item.isDeleted() && item.content instanceof Content.Type(var inner)) {
                children.add(SharedType.of(inner));
            }
        }
        return children;
    }

    /// The value of an attribute, or null.
    public @Nullable Element attribute(String name) {
        return LocalEdits.entry(branch, name);
    }

    @Override
    public Value toJson() {
        return ContentConversion.toJson(this);
    }

    /// The XML text as Yjs writes it: attributes by name, nothing escaped.
    @Override
    public String toString() {
        var out = new StringBuilder();
        append(out, 0);
        return out.toString();
    }

    private void append(StringBuilder out, int depth) {
        if (depth > DecodeLimits.STANDARD_DEPTH) {
            return;
        }
        if (branch.kind == Branch.Kind.XML_HOOK) {
            out.append("[object Object]");
            return;
        }
        String tag =
                branch.xmlName == null ? null : branch.xmlName.toLowerCase(java.util.Locale.ROOT);
        if (tag != null) {
            out.append('<').append(tag);
            var attributes = new TreeMap<String, Item>(branch.entries());
            attributes.forEach((name, item) -> {
                if (!item.isDeleted()) {
                    var value = ContentConversion.lastElement(item.content);
                    var text = value instanceof Value.Str(var string) ? string : value;
                    out.append(' ').append(name).append("=\"").append(text).append('"');
                }
            });
            out.append('>');
        }
        for (var child : children()) {
            if (child instanceof YXml xml) {
                xml.append(out, depth + 1);
            } else {
                out.append(child);
            }
        }
        if (tag != null) {
            out.append("</").append(tag).append('>');
        }
    }
}
