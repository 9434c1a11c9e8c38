package dev.qide.wire;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Converts records to and from JSON, strictly: a missing or null component is refused unless it is
/// `@Nullable`, a wrong type is refused, and unknown members are ignored, since a newer peer may
/// send more. Thread-safe.
///
/// The only use of reflection in the project.
public final class WireJson {
    private static final Gson GSON =
            new GsonBuilder()
                    .setStrictness(Strictness.STRICT)
                    .disableHtmlEscaping()
                    .registerTypeAdapterFactory(new CompleteRecords())
                    .registerTypeAdapterFactory(new LowerCaseEnums())
                    .create();

    /// The maximum number of values in an object that is parsed as a tree.
    public static final int VALUES = 200_000;

    private WireJson() {}

    /// The JSON text of a record.
    public static String write(Record value) {
        return GSON.toJson(value);
    }

    /// Reads a record.
    ///
    /// @throws FailureException `PARSE_ERROR` when the text is not JSON, `INVALID_PARAMS` when it
    ///   has another shape
    public static <T extends Record> T read(String json, Class<T> type) {
        return readAny(json, TypeToken.get(type));
    }

    /// Parses an object of at most [#VALUES] values, names included: the tree of an object takes up
    /// to forty times the memory of its text.
    ///
    /// @throws FailureException `PARSE_ERROR` when the text is not a JSON object,
    ///   `MESSAGE_TOO_LARGE` when it has more values
    public static JsonObject object(String json) {
        if (tree(json) instanceof JsonObject object) {
            return object;
        }
        throw new FailureException(Failure.PARSE_ERROR);
    }

    /// Parses JSON of any type, with the bound of [#object].
    ///
    /// @throws FailureException `PARSE_ERROR` when the text is not JSON, `MESSAGE_TOO_LARGE` when
    ///   it has more values
    public static JsonElement tree(String json) {
        try {
            // A value takes at least one character: a shorter text cannot have too many.
            if (json.length() > VALUES) {
                requireFewValues(json);
            }
            return JsonParser.parseString(json);
        } catch (JsonParseException | IOException | StackOverflowError malformed) {
            throw new FailureException(Failure.PARSE_ERROR, Map.of(), malformed);
        }
    }

    private static void requireFewValues(String json) throws IOException {
        var reader = new JsonReader(new StringReader(json));
        reader.setStrictness(Strictness.LENIENT);
        for (int values = 0; reader.peek() != JsonToken.END_DOCUMENT; values++) {
            if (values > VALUES) {
                throw new FailureException(
                        Failure.MESSAGE_TOO_LARGE, Map.of("limit", VALUES + " values"));
            }
            switch (reader.peek()) {
                case BEGIN_ARRAY -> reader.beginArray();
                case END_ARRAY -> reader.endArray();
                case BEGIN_OBJECT -> reader.beginObject();
                case END_OBJECT -> reader.endObject();
                default -> reader.skipValue();
            }
        }
    }

    /// Reads a value of any type made of records, lists and maps.
    ///
    /// @throws FailureException as [#read(String, Class)]
    public static <T> T readAny(String json, TypeToken<T> type) {
        try {
            T value = GSON.fromJson(json, type);
            if (value == null) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("reason", "empty"));
            }
            return value;
        } catch (IncompleteException incomplete) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("member", incomplete.member), incomplete);
        } catch (com.google.gson.JsonSyntaxException | com.google.gson.JsonIOException malformed) {
            boolean isShape =
                    malformed.getCause() instanceof IllegalStateException
                            || malformed.getCause() instanceof NumberFormatException;
            throw new FailureException(
                    isShape ? Failure.INVALID_PARAMS : Failure.PARSE_ERROR, Map.of(), malformed);
        } catch (JsonParseException malformed) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of(), malformed);
        } catch (FailureException failure) {
            throw failure;
        } catch (RuntimeException refused) {
            // A compact constructor refused the value.
            throw new FailureException(Failure.INVALID_PARAMS, Map.of(), refused);
        }
    }

    /// Refuses records with missing components, which Gson would fill with null.
    private static final class CompleteRecords implements TypeAdapterFactory {
        @Override
        public <T> @Nullable TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
            if (!type.getRawType().isRecord()) {
                return null;
            }
            TypeAdapter<T> inner = gson.getDelegateAdapter(this, type);
            RecordComponent[] components = type.getRawType().getRecordComponents();
            return new TypeAdapter<>() {
                @Override
                public void write(JsonWriter out, T value) throws IOException {
                    inner.write(out, value);
                }

                @Override
                public T read(JsonReader in) throws IOException {
                    T value = inner.read(in);
                    if (value == null) {
                        throw new IncompleteException(type.getRawType().getSimpleName());
                    }
                    for (var component : components) {
                        requirePresent(component, value);
                    }
                    return value;
                }
            };
        }

        private static void requirePresent(RecordComponent component, Object value) {
            if (component.getType().isPrimitive()
                    || component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                return;
            }
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                if (accessor.invoke(value) == null) {
                    throw new IncompleteException(component.getName());
                }
            } catch (ReflectiveOperationException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /// Enums are lower case. Unknown values are refused; Gson would read them as null.
    private static final class LowerCaseEnums implements TypeAdapterFactory {
        @Override
        public <T> @Nullable TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
            if (!type.getRawType().isEnum()) {
                return null;
            }
            return new TypeAdapter<>() {
                @Override
                public void write(JsonWriter out, T value) throws IOException {
                    out.value(((Enum<?>) value).name().toLowerCase(Locale.ROOT));
                }

                @Override
                public T read(JsonReader in) throws IOException {
                    var text = in.nextString();
                    for (Object constant : type.getRawType().getEnumConstants()) {
                        if (((Enum<?>) constant).name().toLowerCase(Locale.ROOT).equals(text)) {
                            return cast(constant);
                        }
                    }
                    throw new IncompleteException(type.getRawType().getSimpleName());
                }
            };
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // a constant of the enum T
    private static <T> T cast(Object constant) {
        return (T) constant;
    }

    private static final class IncompleteException extends JsonParseException {
        private static final long serialVersionUID = 1L;
        private final String member;

        IncompleteException(String member) {
            super("missing or wrong: " + member);
            this.member = member;
        }
    }
}
