package dev.qide.server.ai.privacy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Finds secrets in a text: keys in published formats, values after names such as `password`, and
/// long random strings. Takes time linear in the text's length.
public final class SecretFormats {
    private static final List<String> FORMATS =
            List.of(
                    "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
                    "gh[pousr]_[A-Za-z0-9]{36,255}",
                    "github_pat_[A-Za-z0-9_]{60,255}",
                    "gl(?:pat|dt|rt|ptt|ft|soat|cbt|agent)-[A-Za-z0-9_-]{20,64}",
                    "xox[abeoprs]-[A-Za-z0-9-]{10,250}",
                    "xapp-[0-9]-[A-Za-z0-9-]{10,250}",
                    "(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,250}",
                    "whsec_[A-Za-z0-9+/=]{24,100}",
                    "sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,250}",
                    "AIza[A-Za-z0-9_-]{35}",
                    "ya29\\.[A-Za-z0-9_-]{20,250}",
                    "GOCSPX-[A-Za-z0-9_-]{20,40}",
                    "npm_[A-Za-z0-9]{36}",
                    "pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,250}",
                    "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}",
                    "(?:SK|AC)[0-9a-f]{32}",
                    "key-[0-9a-zA-Z]{32}",
                    "hf_[A-Za-z0-9]{30,64}",
                    "do[oprt]_v1_[a-f0-9]{64}",
                    "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
                    "dapi[a-f0-9]{32}",
                    "hv[sbr]\\.[A-Za-z0-9_-]{20,250}",
                    "atlasv1\\.[A-Za-z0-9_-]{60,80}",
                    "lin_api_[A-Za-z0-9]{40}",
                    "secret_[A-Za-z0-9]{43}",
                    "ntn_[A-Za-z0-9]{40,60}",
                    "sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,50}",
                    "EAA[A-Za-z0-9]{60,250}",
                    "gsk_[A-Za-z0-9]{40,60}",
                    "xai-[A-Za-z0-9]{60,90}",
                    "r8_[A-Za-z0-9]{37}",
                    "glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}",
                    "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
                    "(?<!-)eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{10,1000}",
                    "age1[a-z0-9]{58}",
                    "AGE-SECRET-KEY-1[A-Z0-9]{58}");
    private static final Pattern KNOWN =
            Pattern.compile("(?<![A-Za-z0-9_])(?:" + String.join("|", FORMATS) + ")");
    private static final String BLOCK_BEGIN = "-----BEGIN ";
    private static final String BLOCK_END = "-----END ";
    private static final String KEY_BLOCK = "PRIVATE KEY";
    private static final int BLOCK_CHARACTERS = 20_000;
    private static final int BLOCK_NAME_CHARACTERS = 80;
    private static final Pattern IN_URL =
            Pattern.compile("://[^\\s:/@]{1,64}:(?<value>[^\\s:/@\"'`]{3,200})@");
    private static final Pattern NAMED =
            Pattern.compile(
                    "(?i)(?:passw(?:or)?d|pwd|secret|token|api_?-?key|access_?-?key|auth_?-?key|account_?-?key|private_?-?key|client_?-?secret|credential)[A-Za-z0-9_-]{0,20}[\"'`]?\\s{0,3}(?:=|:|=>|:=)\\s{0,3}[\"'`]?(?<value>[A-Za-z0-9+/_=.~!@#$%^&*-]{12,250})");
    private static final Pattern RANDOM =
            Pattern.compile(
                    "(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,250}={0,2}(?![A-Za-z0-9+/_=-])");
    private static final int HEX_CHARS = 40;

    /// The share of adjacent characters of different kinds (upper case, lower case, digit) from
    /// which a string counts as random; words and names in code stay below it.
    private static final double MIXED = 0.35;

    private static final double NAMED_MIXED = 0.2;

    private SecretFormats() {}

    /// A part of a text.
    public record Found(int start, int end) {}

    /// The secrets in a text, in order, without overlaps.
    public static List<Found> in(String text) {
        var all = new ArrayList<Found>();
        addBlocks(text, all);
        add(KNOWN, text, all);
        var inUrl = IN_URL.matcher(text);
        while (inUrl.find()) {
            all.add(new Found(inUrl.start("value"), inUrl.end("value")));
        }
        var named = NAMED.matcher(text);
        while (named.find()) {
            if (isMixed(named.group("value"), NAMED_MIXED)) {
                all.add(new Found(named.start("value"), named.end("value")));
            }
        }
        var random = RANDOM.matcher(text);
        while (random.find()) {
            if (isRandom(random.group())) {
                all.add(new Found(random.start(), random.end()));
            }
        }
        return merged(all);
    }

    /// Finds blocks with private keys (RFC 7468). The search for an end never goes back, so that
    /// many beginnings without an end cost one pass.
    private static void addBlocks(String text, List<Found> all) {
        int end = -1;
        int at = text.indexOf(BLOCK_BEGIN);
        while (at >= 0) {
            if (end < at) {
                end = text.indexOf(BLOCK_END, at);
            }
            if (end < 0) {
                return;
            }
            int next = at + BLOCK_BEGIN.length();
            if (end - at <= BLOCK_CHARACTERS
                    && start(text, at + BLOCK_BEGIN.length()).contains(KEY_BLOCK)) {
                int name = end + BLOCK_END.length();
                int close = start(text, name).indexOf("-----");
                if (close >= 0) {
                    next = name + close + "-----".length();
                    all.add(new Found(at, next));
                }
            }
            at = text.indexOf(BLOCK_BEGIN, next);
        }
    }

    /// The first line from an index, truncated.
    private static String start(String text, int from) {
        var line = text.substring(from, Math.min(text.length(), from + BLOCK_NAME_CHARACTERS));
        int end = line.indexOf('\n');
        return end < 0 ? line : line.substring(0, end);
    }

    private static void add(Pattern pattern, String text, List<Found> all) {
        var matcher = pattern.matcher(text);
        while (matcher.find()) {
            all.add(new Found(matcher.start(), matcher.end()));
        }
    }

    private static List<Found> merged(List<Found> all) {
        all.sort(java.util.Comparator.comparingInt(Found::start));
        var merged = new ArrayList<Found>();
        for (var found : all) {
            if (!merged.isEmpty() && found.start() < merged.getLast().end()) {
                var last = merged.removeLast();
                merged.add(new Found(last.start(), Math.max(last.end(), found.end())));
            } else {
                merged.add(found);
            }
        }
        return merged;
    }

    private static boolean isRandom(String text) {
        boolean isHex = text.chars().allMatch(SecretFormats::isHexDigit);
        return isHex
                ? text.length() >= HEX_CHARS && isMixed(text, MIXED)
                : isMixed(text, MIXED) && hasAllKinds(text);
    }

    private static boolean isHexDigit(int character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
    }

    private static boolean hasAllKinds(String text) {
        return text.chars().anyMatch(Character::isDigit)
                && text.chars().anyMatch(Character::isUpperCase)
                && text.chars().anyMatch(Character::isLowerCase);
    }

    private static boolean isMixed(String text, double share) {
        int changes = 0;
        for (int i = 1; i < text.length(); i++) {
            changes += kind(text.charAt(i)) == kind(text.charAt(i - 1)) ? 0 : 1;
        }
        boolean hasDigit = text.chars().anyMatch(Character::isDigit);
        return hasDigit && changes >= share * (text.length() - 1);
    }

    private static int kind(char character) {
        if (character >= '0' && character <= '9') {
            return 0;
        }
        if (character >= 'a' && character <= 'z') {
            return 1;
        }
        return character >= 'A' && character <= 'Z' ? 2 : 3;
    }
}
