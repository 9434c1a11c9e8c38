package dev.qide.server.oct;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The envelope of a message that a peer sent: a map with `version`, `kind`, `id`, `origin`,
/// `target`, `metadata` and `content`. The content is encrypted for its receivers and is passed on
/// as it is.
///
/// Source: open-collaboration-protocol 0.3, `messaging/messages.ts`. Immutable.
final class OctMessage {
    /// The version that the server speaks.
    static final String VERSION = "0.3.1";

    private static final String COMPATIBLE = "0.3.";
    private static final int FIELDS = 16;
    private static final int NAME_BYTES = 64;
    private static final int TEXT_BYTES = 4 << 10;
    private static final int FOLDERS = 64;

    /// The keys of one message; more than there are peers in a room.
    private static final int KEYS = 256;

    private final byte[] bytes;
    private final Map<String, Span> fields;
    private final Kind kind;

    /// The kinds of messages.
    enum Kind {
        REQUEST("request"),
        RESPONSE("response"),
        RESPONSE_ERROR("response-error"),
        NOTIFICATION("notification"),
        BROADCAST("broadcast"),
        ERROR("error");

        private final String wireName;

        Kind(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }

        private static Kind of(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.wireName.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new MalformedMessageException("unknown kind"));
        }
    }

    /// The workspace that a host shares.
    record Workspace(String name, List<String> folders) {
        Workspace {
            folders = List.copyOf(folders);
        }
    }

    private record Span(int from, int to) {}

    private OctMessage(byte[] bytes, Map<String, Span> fields) {
        this.bytes = bytes;
        this.fields = fields;
        this.kind = Kind.of(required("kind").string(NAME_BYTES));
    }

    /// @throws MalformedMessageException if the bytes are not an envelope
    static OctMessage read(byte[] bytes) {
        var reader = new MsgPackReader(bytes, 0, bytes.length);
        var fields = new LinkedHashMap<String, Span>();
        for (int left = reader.map(FIELDS); left > 0; left--) {
            var name = reader.string(NAME_BYTES);
            int from = reader.at();
            reader.skip();
            fields.put(name, new Span(from, reader.at()));
        }
        if (!reader.isAtEnd()) {
            throw new MalformedMessageException("bytes after the message");
        }
        return new OctMessage(bytes, fields);
    }

    Kind kind() {
        return kind;
    }

    /// Whether its sender speaks a version of the protocol that the server speaks too: in 0.x, the
    /// same minor version.
    boolean isCompatible() {
        return required("version").string(NAME_BYTES).startsWith(COMPATIBLE);
    }

    boolean isEncrypted() {
        var content = fields.get("content");
        return content != null && reader(content).isNextBinary();
    }

    /// The peer it is for; empty for the server, null for none.
    @Nullable String target() {
        return optionalString("target");
    }

    /// The id of a request or a response, if it is a string.
    @Nullable String idText() {
        return optionalString("id");
    }

    /// The id of a request or a response, encoded.
    byte[] id() {
        var span = span("id");
        return Arrays.copyOfRange(bytes, span.from(), span.to());
    }

    /// The method of a message that is not encrypted; null for none.
    @Nullable String method() {
        var method = member(fields.get("content"), "method");
        return method != null && reader(method).isNextString()
                ? reader(method).string(TEXT_BYTES)
                : null;
    }

    /// The workspace in a host's answer to a join request; null when the host refused.
    @Nullable Workspace joinedWorkspace() {
        var response = member(fields.get("content"), "response");
        var workspace = member(response, "workspace");
        var name = member(workspace, "name");
        if (name == null) {
            return null;
        }
        var folders = new ArrayList<String>();
        var list = member(workspace, "folders");
        if (list != null) {
            var reader = reader(list);
            for (int left = reader.array(FOLDERS); left > 0; left--) {
                folders.add(reader.string(TEXT_BYTES));
            }
        }
        return new Workspace(reader(name).string(TEXT_BYTES), folders);
    }

    /// The message as the target gets it.
    byte[] from(String origin) {
        return rewritten(Map.of("origin", encoded(origin)));
    }

    /// A request as the target gets it.
    ///
    /// @param newId the id under which the server expects the response
    byte[] from(String origin, String newId) {
        return rewritten(Map.of("origin", encoded(origin), "id", encoded(newId)));
    }

    /// A response as the sender of the request gets it.
    ///
    /// @param originalId of that request, encoded
    byte[] withId(byte[] originalId) {
        return rewritten(Map.of("id", originalId));
    }

    /// Passes on a broadcast as each peer gets it: with the key for that peer alone. A peer for
    /// which it has no key is left out, since it could not read it.
    ///
    /// @param targets ids of peers
    void copies(String origin, Set<String> targets, BiConsumer<String, byte[]> receiver) {
        var metadata = fields.get("metadata");
        var compression = member(metadata, "compression");
        var keys = member(member(metadata, "encryption"), "keys");
        if (keys == null || compression == null) {
            throw new MalformedMessageException("no metadata");
        }
        var left = new HashSet<>(targets);
        var reader = reader(keys);
        for (int more = reader.array(KEYS); more > 0; more--) {
            int from = reader.at();
            reader.skip();
            var key = new Span(from, reader.at());
            var member = member(key, "target");
            var target = member == null ? "" : reader(member).string(TEXT_BYTES);
            if (left.remove(target)) {
                receiver.accept(
                        target,
                        rewritten(
                                Map.of(
                                        "origin",
                                        encoded(origin),
                                        "metadata",
                                        metadata(key, compression))));
            }
        }
    }

    private byte[] metadata(Span key, Span compression) {
        return new MsgPackWriter(key.to() - key.from() + 64)
                .map(2)
                .string("encryption")
                .map(1)
                .string("keys")
                .array(1)
                .encoded(bytes, key.from(), key.to())
                .string("compression")
                .encoded(bytes, compression.from(), compression.to())
                .bytes();
    }

    private byte[] rewritten(Map<String, byte[]> replacements) {
        var names = new ArrayList<>(fields.keySet());
        replacements.keySet().stream()
                .filter(name -> !fields.containsKey(name))
                .forEach(names::add);
        var writer = new MsgPackWriter(bytes.length + 256).map(names.size());
        for (var name : names) {
            var replacement = replacements.get(name);
            writer.string(name);
            if (replacement == null) {
                var span = span(name);
                writer.encoded(bytes, span.from(), span.to());
            } else {
                writer.encoded(replacement, 0, replacement.length);
            }
        }
        return writer.bytes();
    }

    /// The value of a member of a map; null when there is no such map or member.
    private @Nullable Span member(@Nullable Span map, String name) {
        if (map == null || !reader(map).isNextMap()) {
            return null;
        }
        var reader = reader(map);
        for (int left = reader.map(FIELDS); left > 0; left--) {
            var found = reader.string(NAME_BYTES);
            int from = reader.at();
            reader.skip();
            if (found.equals(name)) {
                return new Span(from, reader.at());
            }
        }
        return null;
    }

    private @Nullable String optionalString(String name) {
        var span = fields.get(name);
        return span != null && reader(span).isNextString() ? reader(span).string(TEXT_BYTES) : null;
    }

    private MsgPackReader required(String name) {
        return reader(span(name));
    }

    private Span span(String name) {
        var span = fields.get(name);
        if (span == null) {
            throw new MalformedMessageException("no " + name);
        }
        return span;
    }

    private MsgPackReader reader(Span span) {
        return new MsgPackReader(bytes, span.from(), span.to());
    }

    private static byte[] encoded(String text) {
        return new MsgPackWriter(64).string(text).bytes();
    }
}
