package dev.qide.yjs;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A plain JavaScript value, as lib0 encodes it (`any`). Immutable by convention.
///
/// JavaScript's distinctions are preserved: `undefined` and `null`, −0 and 0, big integers and
/// numbers.
public sealed interface Value extends Element {
    Undefined UNDEFINED = new Undefined();
    Null NULL = new Null();

    record Undefined() implements Value {}

    record Null() implements Value {}

    record Bool(boolean value) implements Value {}

    /// A number: always a double, as in JavaScript.
    record Num(double value) implements Value {}

    /// A big integer of at most 64 bits.
    record BigInt(long value) implements Value {}

    record Str(String value) implements Value {}

    /// A `Uint8Array`.
    record Bytes(byte[] value) implements Value {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes(var bytes) && Arrays.equals(value, bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return "Bytes[" + value.length + "]";
        }
    }

    record Arr(List<Value> elements) implements Value {}

    /// @param members the members in an order that is part of the encoding but not of equality
    record Obj(Map<String, Value> members) implements Value {
        public Obj {
            members = Collections.unmodifiableMap(members);
        }
    }

    /// Converts a plain Java value: null, Boolean, Number (except a Long beyond 2^53 and
    /// BigInteger, for which pass a [BigInt]), String, byte[], List, Map with String keys, or a
    /// Value.
    ///
    /// @throws IllegalArgumentException for anything else
    static Value of(@Nullable Object plain) {
        return switch (plain) {
            case null -> NULL;
            case Value value -> value;
            case Boolean truth -> new Bool(truth);
            case Integer number -> new Num(number);
            case Long number when Math.abs(number) <= Lib0Decoder.MAXIMUM_UINT -> new Num(number);
            case Double number -> new Num(number);
            case Float number -> new Num(number);
            case String text -> new Str(text);
            case byte[] bytes -> new Bytes(bytes.clone());
            case List<?> list -> new Arr(list.stream().map(Value::of).toList());
            case Map<?, ?> map -> {
                var members = new LinkedHashMap<String, Value>();
                map.forEach((key, value) -> members.put((String) key, of(value)));
                yield new Obj(members);
            }
            default -> throw new IllegalArgumentException("no value: " + plain.getClass());
        };
    }
}
