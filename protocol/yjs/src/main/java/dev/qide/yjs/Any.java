package dev.qide.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;

/// Reads and writes values in lib0's `any` encoding: a type byte and the value.
///
/// A number is written in the smallest form that JavaScript would choose: an integer up to 2^31 − 1
/// as varInt, a value that a 32-bit float represents exactly as such, any other as 64-bit float. So
/// a value that was read in an unusual form is written in the usual one.
final class Any {
    static final int UNDEFINED = 127;
    static final int NULL = 126;
    static final int INTEGER = 125;
    static final int FLOAT32 = 124;
    static final int FLOAT64 = 123;
    static final int BIG_INTEGER = 122;
    static final int FALSE = 121;
    static final int TRUE = 120;
    static final int STRING = 119;
    static final int OBJECT = 118;
    static final int ARRAY = 117;
    static final int BYTES = 116;

    /// The text for `undefined` in JSON content, since JSON has no such value.
    static final String UNDEFINED_WORD = "undefined";

    private Any() {}

    /// Reads one value, whose depth [ContentSyntax] has checked.
    static Value read(Lib0Decoder decoder) {
        return switch (decoder.readByte()) {
            case UNDEFINED -> Value.UNDEFINED;
            case NULL -> Value.NULL;
            case INTEGER -> readInteger(decoder);
            case FLOAT32 -> new Value.Num(Float.intBitsToFloat(decoder.readFixedInt()));
            case FLOAT64 -> new Value.Num(Double.longBitsToDouble(decoder.readFixedLong()));
            case BIG_INTEGER -> new Value.BigInt(decoder.readFixedLong());
            case FALSE -> new Value.Bool(false);
            case TRUE -> new Value.Bool(true);
            case STRING -> new Value.Str(decoder.readVarString());
            case BYTES -> new Value.Bytes(decoder.readVarBytes());
            case OBJECT -> readObject(decoder);
            case ARRAY -> readArray(decoder);
            default -> throw decoder.malformed("unknown kind of value");
        };
    }

    private static Value readInteger(Lib0Decoder decoder) {
        boolean negative = decoder.isNextNegative();
        long number = decoder.readVarInt();
        return new Value.Num(number == 0 && negative ? -0.0 : number);
    }

    private static Value readArray(Lib0Decoder decoder) {
        var elements = new ArrayList<Value>();
        for (long left = decoder.readVarUint(); left > 0; left--) {
            elements.add(read(decoder));
        }
        return new Value.Arr(elements);
    }

    private static Value readObject(Lib0Decoder decoder) {
        var members = new LinkedHashMap<String, Value>();
        boolean hasIndex = false;
        for (long left = decoder.readVarUint(); left > 0; left--) {
            String key = decoder.readVarString();
            hasIndex |= PropertyOrder.isIndex(key);
            members.put(key, read(decoder));
        }
        return new Value.Obj(hasIndex ? PropertyOrder.sorted(members) : members);
    }

    static void write(Lib0Encoder encoder, Value value) {
        switch (value) {
            case Value.Undefined _ -> encoder.writeByte(UNDEFINED);
            case Value.Null _ -> encoder.writeByte(NULL);
            case Value.Bool(var truth) -> encoder.writeByte(truth ? TRUE : FALSE);
            case Value.Num(var number) -> writeNumber(encoder, number);
            case Value.BigInt(var number) -> encoder.writeByte(BIG_INTEGER).writeFixedLong(number);
            case Value.Str(var text) -> encoder.writeByte(STRING).writeVarString(text);
            case Value.Bytes(var bytes) -> encoder.writeByte(BYTES).writeVarBytes(bytes);
            case Value.Arr(var elements) -> {
                encoder.writeByte(ARRAY).writeVarUint(elements.size());
                elements.forEach(element -> write(encoder, element));
            }
            case Value.Obj(var members) -> {
                encoder.writeByte(OBJECT).writeVarUint(members.size());
                members.forEach((key, member) -> write(encoder.writeVarString(key), member));
            }
        }
    }

    private static void writeNumber(Lib0Encoder encoder, double number) {
        if (number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE) {
            encoder.writeByte(INTEGER);
            if (number == 0 && 1 / number < 0) {
                encoder.writeNegativeZero();
            } else {
                encoder.writeVarInt((long) number);
            }
        } else if ((float) number == number) {
            encoder.writeByte(FLOAT32).writeFixedInt(Float.floatToIntBits((float) number));
        } else {
            encoder.writeByte(FLOAT64).writeFixedLong(Double.doubleToLongBits(number));
        }
    }
}
