package dev.qide.server.identity;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.text.Normalizer;
import java.util.Map;

/// The name under which others see a person: Unicode form NFC, without white space around it and
/// with single spaces in it, 1 to 60 code points.
///
/// Invariant: it has no control character, no character that changes the direction of other text
/// (UAX #9, section 2), no other invisible format character except the joiners that scripts and
/// emoji need, and at least one visible character.
public record DisplayName(String value) {
    /// The most code points of a name.
    public static final int CODE_POINTS = 60;

    /// A longer text is not read.
    private static final int CHARACTERS = 1_000;

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    /// @throws FailureException `DISPLAY_NAME_ILLEGAL` with a tag `reason`
    public static DisplayName of(String text) {
        if (text.length() > CHARACTERS) {
            throw illegal("length");
        }
        var name =
                Normalizer.normalize(text, Normalizer.Form.NFC)
                        .strip()
                        .replaceAll("\\p{Zs}+", " ")
                        .strip();
        if (!name.codePoints().allMatch(DisplayName::isLegal)) {
            throw illegal("character");
        }
        if (name.codePoints().noneMatch(DisplayName::isVisible)) {
            throw illegal("empty");
        }
        if (name.codePointCount(0, name.length()) > CODE_POINTS) {
            throw illegal("length");
        }
        return new DisplayName(name);
    }

    private static boolean isLegal(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.FORMAT -> isJoiner(point);
            default -> true;
        };
    }

    private static boolean isVisible(int point) {
        return switch (Character.getType(point)) {
            case Character.SPACE_SEPARATOR,
                    Character.FORMAT,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK ->
                    false;
            default -> true;
        };
    }

    private static boolean isJoiner(int point) {
        return point == ZERO_WIDTH_NON_JOINER || point == ZERO_WIDTH_JOINER;
    }

    private static FailureException illegal(String reason) {
        return new FailureException(Failure.DISPLAY_NAME_ILLEGAL, Map.of("reason", reason));
    }
}
