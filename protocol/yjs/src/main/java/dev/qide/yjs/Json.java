package dev.qide.yjs;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/// Converts JSON texts to values, and values to JSON as `JSON.stringify` writes it.
///
/// Reads only what [JsonSyntax] has accepted.
final class Json {
    /// From this value on JavaScript writes numbers with an exponent.
    private static final double LARGE = 1e21;

    private static final double SMALL = 1e-6;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Value parse(String text) {
        if (text.equals(Any.UNDEFINED_WORD)) {
            return Value.UNDEFINED;
        }
        return new Json(text).readValue();
    }

    private Value readValue() {
        char first = peek();
        return switch (first) {
            case '{' -> readObject();
            case '[' -> readArray();
            case '"' -> new Value.Str(readString());
            case 't' -> readWord("true", new Value.Bool(true));
            case 'f' -> readWord("false", new Value.Bool(false));
            case 'n' -> readWord("null", Value.NULL);
            default -> readNumber();
        };
    }

    private Value readObject() {
        at++;
        var members = new LinkedHashMap<String, Value>();
        while (peek() != '}') {
            peek();
            String key = readString();
            peek();
            at++;
            members.put(key, readValue());
            if (peek() == ',') {
                at++;
            }
        }
        at++;
        return new Value.Obj(PropertyOrder.sorted(members));
    }

    private Value readArray() {
        at++;
        var elements = new ArrayList<Value>();
        while (peek() != ']') {
            elements.add(readValue());
            if (peek() == ',') {
                at++;
            }
        }
        at++;
        return new Value.Arr(elements);
    }

    private String readString() {
        at++;
        var string = new StringBuilder();
        while (true) {
            char unit = text.charAt(at++);
            if (unit == '"') {
                return string.toString();
            }
            string.append(unit == '\\' ? readEscape() : unit);
        }
    }

    private char readEscape() {
        char letter = text.charAt(at++);
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                at += 4;
                yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> letter;
        };
    }

    private Value readWord(String word, Value value) {
        at += word.length();
        return value;
    }

    private Value readNumber() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return new Value.Num(Double.parseDouble(text.substring(start, at)));
    }

    /// The next character that is not white space.
    private char peek() {
        while (" \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return text.charAt(at);
    }

    /// Writes a value as `JSON.stringify` does; values that JSON cannot represent become `null`.
    static String print(Value value) {
        var out = new StringBuilder();
        print(value, out);
        return out.toString();
    }

    private static void print(Value value, StringBuilder out) {
        switch (value) {
            case Value.Undefined _, Value.Null _ -> out.append("null");
            case Value.Bool(var truth) -> out.append(truth);
            case Value.Num(var number) -> out.append(number(number));
            case Value.BigInt(var number) -> out.append(number);
            case Value.Str(var text) -> printString(text, out);
            case Value.Bytes(var bytes) -> {
                out.append('{');
                for (int i = 0; i < bytes.length; i++) {
                    out.append(i > 0 ? ",\"" : "\"").append(i).append("\":").append(bytes[i] & 255);
                }
                out.append('}');
            }
            case Value.Arr(var elements) -> {
                out.append('[');
                for (int i = 0; i < elements.size(); i++) {
                    out.append(i > 0 ? "," : "");
                    print(elements.get(i), out);
                }
                out.append(']');
            }
            case Value.Obj(var members) -> {
                out.append('{');
                boolean first = true;
                for (var member : PropertyOrder.sorted(members).entrySet()) {
                    if (!(member.getValue() instanceof Value.Undefined)) {
                        out.append(first ? "" : ",");
                        first = false;
                        printString(member.getKey(), out);
                        out.append(':');
                        print(member.getValue(), out);
                    }
                }
                out.append('}');
            }
        }
    }

    private static String number(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return "null";
        }
        if (number == 0) {
            return "0";
        }
        double magnitude = Math.abs(number);
        var decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (magnitude >= SMALL && magnitude < LARGE) {
            return decimal.toPlainString();
        }
        String digits = decimal.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        return (number < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+")
                + Math.abs(exponent);
    }

    private static void printString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            switch (unit) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (unit < 0x20 || isLoneSurrogate(text, i)) {
                        out.append(String.format("\\u%04x", (int) unit));
                    } else {
                        out.append(unit);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean isLoneSurrogate(String text, int i) {
        char unit = text.charAt(i);
        if (Character.isHighSurrogate(unit)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(unit)
                && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
