package dev.qide.server.session.lsp;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.qide.server.language.ItemOrigin;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part of one JSON-RPC 2.0 message that routing needs. The message itself is forwarded
/// unchanged.
///
/// An id is kept as the JSON literal that the client wrote (`7`, `"a"`), because the response must
/// repeat it.
public sealed interface RpcMessage {
    /// @param target the parts of its parameters that routing needs
    record Request(String id, String method, Target target) implements RpcMessage {}

    record Notification(String method, Target target) implements RpcMessage {}

    record Response(String id) implements RpcMessage {}

    /// A message with a name that exceeds the bound. Names are kept while a document is open or a
    /// request is pending, so they need a bound of their own.
    ///
    /// @param id null when there is none, or when the id itself is too long
    /// @param isRequest whether the client expects a response
    record TooLong(@Nullable String id, boolean isRequest, FailureException failure)
            implements RpcMessage {}

    /// The parts of the parameters that routing needs.
    ///
    /// @param uri of a document (`textDocument.uri`, `item.uri`)
    /// @param languageId of that document
    /// @param cancelId the request to cancel
    /// @param command the command to execute (`workspace/executeCommand`)
    /// @param origin the language in the marker of an item ([ItemOrigin])
    /// @param trigger the typed character that triggered the request; null when none did, or when
    ///   the client only updates a list that it shows already (`isRetrigger`)
    record Target(
            @Nullable String uri,
            @Nullable String languageId,
            @Nullable String cancelId,
            @Nullable String command,
            @Nullable String origin,
            @Nullable String trigger) {
        static final Target NONE = new Target(null, null, null, null, null, null);
    }

    /// Reads the routing part of a message and checks that the whole message is JSON.
    ///
    /// @throws FailureException `PARSE_ERROR`, or `INVALID_REQUEST` for JSON that is not a JSON-RPC
    ///   message (LSP has no batches)
    static RpcMessage read(String json) {
        try (var reader = new JsonReader(new StringReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            return new Reading(reader).message();
        } catch (MalformedJsonException | EOFException | NumberFormatException malformed) {
            throw new FailureException(Failure.PARSE_ERROR, Map.of(), malformed);
        } catch (IllegalStateException otherShape) {
            throw new FailureException(Failure.INVALID_REQUEST, Map.of(), otherShape);
        } catch (IOException impossible) {
            throw new FailureException(Failure.PARSE_ERROR, Map.of(), impossible);
        }
    }

    /// The `params` of a message.
    ///
    /// @return null when they are missing or not an object
    /// @throws FailureException `PARSE_ERROR`, or `MESSAGE_TOO_LARGE` for more than
    ///   [WireJson#VALUES] values
    static @Nullable JsonObject params(String json) {
        return WireJson.object(json).get("params") instanceof JsonObject object ? object : null;
    }

    /// One pass over the tokens. Owned by one thread.
    final class Reading {
        private static final List<String> MEMBERS =
                List.of("jsonrpc", "id", "method", "params", "result", "error");
        private static final int ID_CHARACTERS = 1_024;
        private static final int METHOD_CHARACTERS = 256;
        private static final int LANGUAGE_CHARACTERS = 256;
        private static final int URI_CHARACTERS = 16_384;
        private static final int COMMAND_CHARACTERS = 1_024;
        private static final int TRIGGER_CHARACTERS = 16;
        private static final int TRIGGER_KIND_CHARACTER = 2;

        private final JsonReader reader;

        /// One bit for each of [#MEMBERS] that was read.
        private int seen;

        private @Nullable String tooLong;
        private @Nullable String version;
        private @Nullable String id;
        private @Nullable String method;
        private boolean isAnswer;
        private @Nullable String uri;
        private @Nullable String languageId;
        private @Nullable String cancelId;
        private @Nullable String command;
        private @Nullable String origin;
        private @Nullable String character;
        private @Nullable String typed;
        private boolean isTriggered;
        private boolean isRetrigger;

        private Reading(JsonReader reader) {
            this.reader = reader;
        }

        private RpcMessage message() throws IOException {
            boolean isObject = reader.peek() == JsonToken.BEGIN_OBJECT;
            if (!isObject) {
                reader.skipValue();
                requireEnd();
                throw new FailureException(
                        Failure.INVALID_REQUEST, Map.of("reason", "not-an-object"));
            }
            object(this::member);
            requireEnd();
            return classified();
        }

        private RpcMessage classified() {
            if (!"2.0".equals(version)) {
                throw new FailureException(
                        Failure.INVALID_REQUEST, Map.of("reason", "jsonrpc-version"));
            }
            if (tooLong != null) {
                boolean isAsking = method != null && (id != null || tooLong.equals("id"));
                return new TooLong(
                        id,
                        isAsking,
                        new FailureException(
                                Failure.INVALID_REQUEST,
                                Map.of("reason", "too-long", "member", tooLong)));
            }
            var trigger = typed != null || !isTriggered || isRetrigger ? typed : character;
            var target = new Target(uri, languageId, cancelId, command, origin, trigger);
            if (method != null) {
                return id == null
                        ? new Notification(method, target)
                        : new Request(id, method, target);
            }
            if (id != null && isAnswer) {
                return new Response(id);
            }
            throw new FailureException(
                    Failure.INVALID_REQUEST, Map.of("reason", "neither-method-nor-result"));
        }

        private void member(String name) throws IOException {
            requireUnambiguous(name);
            switch (name) {
                case "jsonrpc" ->
                        version =
                                reader.peek() == JsonToken.STRING ? reader.nextString() : skipped();
                case "id" -> id = id();
                case "method" -> {
                    if (reader.peek() != JsonToken.STRING) {
                        throw new FailureException(
                                Failure.INVALID_REQUEST, Map.of("reason", "method"));
                    }
                    var written = reader.nextString();
                    method = written.length() > METHOD_CHARACTERS ? "" : written;
                    var _ = bounded("method", written, METHOD_CHARACTERS);
                }
                case "params" -> objectOrSkip(this::parameter);
                case "result", "error" -> {
                    isAnswer = true;
                    reader.skipValue();
                }
                default -> reader.skipValue();
            }
        }

        /// Refuses a second `method` and a `Method`. Language servers take the first or the last of
        /// two members, and Go's and .NET's decoders ignore the case of names: such a server would
        /// carry out another method than the one that was permitted.
        private void requireUnambiguous(String name) {
            for (int i = 0; i < MEMBERS.size(); i++) {
                var member = MEMBERS.get(i);
                if (!member.equalsIgnoreCase(name)) {
                    continue;
                }
                boolean isRepeated = (seen & 1 << i) != 0;
                seen |= 1 << i;
                if (isRepeated || !member.equals(name)) {
                    throw new FailureException(
                            Failure.INVALID_REQUEST,
                            Map.of("reason", "ambiguous-member", "member", member));
                }
            }
        }

        private void parameter(String name) throws IOException {
            switch (name) {
                case "textDocument", "item" -> objectOrSkip(this::document);
                case "id" -> cancelId = idOrSkip();
                case "command" -> command = textOrSkip(name, COMMAND_CHARACTERS);
                case "data" -> objectOrSkip(this::data);
                case "context" -> objectOrSkip(this::context);
                case "ch" -> typed = textOrSkip(name, TRIGGER_CHARACTERS);
                default -> reader.skipValue();
            }
        }

        private void data(String name) throws IOException {
            if (name.equals(ItemOrigin.LANGUAGE)) {
                origin = textOrSkip(name, LANGUAGE_CHARACTERS);
            } else {
                reader.skipValue();
            }
        }

        private void context(String name) throws IOException {
            switch (name) {
                case "triggerKind" ->
                        isTriggered =
                                reader.peek() == JsonToken.NUMBER
                                        ? reader.nextDouble() == TRIGGER_KIND_CHARACTER
                                        : skipped() != null;
                case "triggerCharacter" -> character = textOrSkip(name, TRIGGER_CHARACTERS);
                case "isRetrigger" ->
                        isRetrigger =
                                reader.peek() == JsonToken.BOOLEAN
                                        ? reader.nextBoolean()
                                        : skipped() != null;
                default -> reader.skipValue();
            }
        }

        private void document(String name) throws IOException {
            switch (name) {
                case "uri" -> uri = textOrSkip(name, URI_CHARACTERS);
                case "languageId" -> languageId = textOrSkip(name, LANGUAGE_CHARACTERS);
                default -> reader.skipValue();
            }
        }

        private @Nullable String textOrSkip(String name, int characters) throws IOException {
            return reader.peek() == JsonToken.STRING
                    ? bounded(name, reader.nextString(), characters)
                    : skipped();
        }

        private @Nullable String id() throws IOException {
            return switch (reader.peek()) {
                case STRING ->
                        bounded(
                                "id",
                                new JsonPrimitive(reader.nextString()).toString(),
                                ID_CHARACTERS);
                case NUMBER -> bounded("id", reader.nextString(), ID_CHARACTERS);
                case NULL -> {
                    reader.nextNull();
                    yield null;
                }
                default ->
                        throw new FailureException(Failure.INVALID_REQUEST, Map.of("reason", "id"));
            };
        }

        private @Nullable String bounded(String member, String value, int characters) {
            if (value.length() <= characters) {
                return value;
            }
            tooLong = member;
            return null;
        }

        private @Nullable String idOrSkip() throws IOException {
            return switch (reader.peek()) {
                case STRING, NUMBER -> id();
                default -> skipped();
            };
        }

        private @Nullable String skipped() throws IOException {
            reader.skipValue();
            return null;
        }

        private void objectOrSkip(Member each) throws IOException {
            if (reader.peek() == JsonToken.BEGIN_OBJECT) {
                object(each);
            } else {
                reader.skipValue();
            }
        }

        private void object(Member each) throws IOException {
            reader.beginObject();
            while (reader.hasNext()) {
                each.read(reader.nextName());
            }
            reader.endObject();
        }

        private void requireEnd() throws IOException {
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedJsonException("text behind the message");
            }
        }

        @FunctionalInterface
        private interface Member {
            void read(String name) throws IOException;
        }
    }
}
