package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.IncidentState;
import dev.qide.wire.StatusReport;
import dev.qide.wire.StatusReport.Component;
import dev.qide.wire.StatusReport.Day;
import dev.qide.wire.StatusReport.State;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The status page: the state of every component, 90 days of history, and incidents. It has no
/// scripts, and every text is escaped.
final class StatusPage {
    private static final int DAYS = 90;

    /// A day is a bar of this width in the drawing, with its gap.
    private static final int BAR = 5;

    private static final int HEIGHT = 32;

    /// A day with as many minutes without service is one of an outage.
    private static final int OUTAGE_MINUTES = 5;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ROOT);

    private static final String STYLE =
            """
            :root{color-scheme:light dark;--up:light-dark(#1a7f37,#3fb950);--degraded:light-dark(#9a6700,#d29922);
            --down:light-dark(#cf222e,#f85149);--none:light-dark(#d0d7de,#3d444d);--text:light-dark(#1f2328,#e6edf3);
            --hint:light-dark(#59636e,#9198a1);--card:light-dark(#fff,#161b22);--border:light-dark(#d0d7de,#30363d)}
            body{font:16px/1.5 system-ui,sans-serif;margin:0;color:var(--text);background:light-dark(#f6f8fa,#0d1117)}
            main{max-width:820px;margin:0 auto;padding:24px 16px 64px}
            h1{font-size:24px;margin:0 0 16px}h2{font-size:18px;margin:32px 0 12px}h3{font-size:16px;margin:0}
            p{margin:0;overflow-wrap:anywhere}a{color:light-dark(#0550ae,#79c0ff)}
            .now{padding:14px 16px;border:1px solid var(--border);border-left:6px solid var(--level);border-radius:6px;
            background:var(--card);font-weight:600}.now p{font-weight:400}
            .up{--level:var(--up)}.degraded{--level:var(--degraded)}.down{--level:var(--down)}.none{--level:var(--none)}
            .card{padding:14px 16px;border:1px solid var(--border);border-top:none;background:var(--card)}
            .card:first-of-type{border-top:1px solid var(--border);border-radius:6px 6px 0 0}
            .card:last-of-type{border-radius:0 0 6px 6px}
            .head{display:flex;flex-wrap:wrap;gap:0 12px;justify-content:space-between}
            .state{color:var(--level);font-weight:600}
            .hint{color:var(--hint);font-size:14px}
            svg{display:block;width:100%;height:32px;margin:8px 0 4px}path{fill:var(--level)}
            summary{cursor:pointer;min-height:32px;line-height:32px;color:var(--hint);font-size:14px}
            ul,ol{margin:0;padding-left:20px}
            ol{list-style:none;padding:0}ol li{padding:8px 0 0}.text{white-space:pre-line;overflow-wrap:anywhere}
            :focus-visible{outline:2px solid light-dark(#0550ae,#79c0ff);outline-offset:2px}
            """;

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; style-src 'sha256-"
                    + AuthPages.hash(STYLE)
                    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// The complement of `Char` in XML 1.0, section 2.2.
    private static final Pattern NOT_IN_XML =
            Pattern.compile(
                    "[^\\t\\n\\r\\x{20}-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]");

    private static final Map<String, String> TITLES =
            Map.ofEntries(
                    Map.entry("server", "Server"),
                    Map.entry("database", "Database"),
                    Map.entry("database-login", "Login to the database"),
                    Map.entry("postgresql", "Database process"),
                    Map.entry("update-log", "Saving of edits"),
                    Map.entry("leases", "Ownership of workspaces"),
                    Map.entry("file-sync", "Synchronization of files"),
                    Map.entry("file-watch", "Watching of files"),
                    Map.entry("identity", "Logins and permissions"),
                    Map.entry("listener", "Connections"),
                    Map.entry("sandbox", "Language server sandbox"),
                    Map.entry("process-starter", "Language server start"),
                    Map.entry("timers", "Timers"),
                    Map.entry("audit", "Audit log"),
                    Map.entry("status-history", "Status page history"),
                    Map.entry("retention", "Deletion of old data"));

    /// The state of a day, as a CSS class.
    private enum Level {
        UP,
        DEGRADED,
        DOWN,
        NONE;

        String cssClass() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private StatusPage() {}

    static Answer of(StatusReport report) {
        var body = new StringBuilder("<h1>Q-IDE status</h1>");
        body.append(
                "<div class=\"now %s\" role=\"status\">%s<p class=\"hint\">%s</p></div>"
                        .formatted(
                                word(report.state()),
                                sentence(report),
                                TIME.format(Instant.parse(report.at()))));
        body.append("<h2>Components, last 90 days</h2><div>");
        var today = LocalDate.ofInstant(Instant.parse(report.at()), ZoneOffset.UTC);
        report.components().forEach(component -> body.append(component(component, today)));
        body.append("</div><h2>Incidents</h2>");
        if (report.incidents().isEmpty()) {
            body.append("<p class=\"hint\">No incident was reported in the last 90 days.</p>");
        }
        body.append("<div>");
        report.incidents().forEach(incident -> body.append(incident(incident)));
        body.append(
                "</div><p class=\"hint\"><br>Days are in UTC. <a href=\"status.atom\">Feed of incidents</a> · "
                        + "<a href=\"api/status\">as JSON</a></p>");
        return html(body);
    }

    private static Answer html(StringBuilder body) {
        var html =
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
                        + " content=\"width=device-width, initial-scale=1\"><title>Q-IDE status</title>"
                        + "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"status.atom\""
                        + " title=\"Incidents\"><style>"
                        + STYLE
                        + "</style></head><body><main>"
                        + body
                        + "</main></body></html>";
        return AuthPages.answer(200, CONTENT_SECURITY_POLICY, html);
    }

    private static String sentence(StatusReport report) {
        return switch (report.state()) {
            case UP -> "Everything works.";
            case DOWN -> "A part of the server does not work.";
            case DEGRADED ->
                    report.components().stream().allMatch(one -> one.state() == State.UP)
                            ? "There is an incident."
                            : "The server works with restrictions.";
        };
    }

    private static String component(Component component, LocalDate today) {
        var title = title(component.name());
        var uptime = uptime(component.uptime());
        var troubles =
                component.days().reversed().stream()
                        .filter(day -> level(day) != Level.UP)
                        .map(day -> "<li>" + trouble(day) + "</li>")
                        .toList();
        var days = troubles.size() == 1 ? "1 day" : troubles.size() + " days";
        return "<section class=\"card\"><div class=\"head\"><h3>%s</h3><span class=\"state %s\">%s</span></div>%s%s</section>"
                .formatted(
                        title,
                        word(component.state()),
                        shown(component.state()),
                        drawing(component, today, title + ": " + uptime),
                        "<div class=\"head hint\"><span>90 days ago</span><span>"
                                + uptime
                                + "</span><span>today</span></div>"
                                + (troubles.isEmpty()
                                        ? ""
                                        : "<details><summary>"
                                                + days
                                                + " with problems</summary><ul>"
                                                + String.join("", troubles)
                                                + "</ul></details>"));
    }

    /// One path for all days of a level keeps the page small.
    private static String drawing(Component component, LocalDate today, String name) {
        var paths = new EnumMap<Level, StringBuilder>(Level.class);
        var first = today.minusDays(DAYS - 1L);
        var levels = new ArrayList<Level>(Collections.nCopies(DAYS, Level.NONE));
        for (var day : component.days()) {
            long index = first.until(LocalDate.parse(day.day()), ChronoUnit.DAYS);
            if (index >= 0 && index < DAYS) {
                levels.set((int) index, level(day));
            }
        }
        for (int i = 0; i < DAYS; i++) {
            paths.computeIfAbsent(levels.get(i), _ -> new StringBuilder())
                    .append("M%d 0h%dv%dh-%dz".formatted(i * BAR, BAR - 1, HEIGHT, BAR - 1));
        }
        var svg = new StringBuilder();
        paths.forEach((level, path) ->
                svg.append("<path class=\"%s\" d=\"%s\"/>".formatted(level.cssClass(), path)));
        return "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">%s</svg>"
                .formatted(DAYS * BAR - 1, HEIGHT, escaped(name), svg);
    }

    private static Level level(Day day) {
        int without = day.down() + day.missing();
        if (day.up() + day.degraded() + day.down() == 0) {
            return Level.NONE;
        }
        if (without >= OUTAGE_MINUTES) {
            return Level.DOWN;
        }
        return without + day.degraded() > 0 ? Level.DEGRADED : Level.UP;
    }

    private static String trouble(Day day) {
        var parts = new ArrayList<String>();
        add(parts, day.down(), "down");
        add(parts, day.missing(), "not running");
        add(parts, day.degraded(), "with restrictions");
        return DAY.format(LocalDate.parse(day.day())) + ": " + String.join(", ", parts);
    }

    private static void add(List<String> parts, int minutes, String what) {
        if (minutes > 0) {
            parts.add(minutes + (minutes == 1 ? " minute " : " minutes ") + what);
        }
    }

    private static String incident(StatusReport.Incident incident) {
        var latest = incident.updates().getLast();
        var level = latest.state() == IncidentState.RESOLVED ? State.UP : State.DEGRADED;
        var updates = new StringBuilder();
        for (var update : incident.updates().reversed()) {
            updates.append(
                    "<li><strong>%s</strong> <span class=\"hint\">%s</span><p class=\"text\">%s</p></li>"
                            .formatted(
                                    capitalized(update.state().name()),
                                    TIME.format(Instant.parse(update.at())),
                                    escaped(update.text())));
        }
        return "<article class=\"card\" id=\"i-%s\"><div class=\"head\"><h3>%s</h3><span class=\"state %s\">%s</span></div><ol>%s</ol></article>"
                .formatted(
                        incident.id(),
                        escaped(incident.title()),
                        word(level),
                        capitalized(latest.state().name()),
                        updates);
    }

    /// Rounded down, so that 100 % means that nothing was missing.
    private static String uptime(@Nullable Double share) {
        return share == null
                ? "no data yet"
                : String.format(Locale.ROOT, "%.2f %% available", Math.floor(share * 10_000) / 100);
    }

    private static String title(String component) {
        return escaped(TITLES.getOrDefault(component, capitalized(component.replace('-', ' '))));
    }

    private static String capitalized(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT)
                + word.substring(1).toLowerCase(Locale.ROOT);
    }

    private static String word(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String shown(State state) {
        return switch (state) {
            case UP -> "Works";
            case DEGRADED -> "Restricted";
            case DOWN -> "Down";
        };
    }

    /// Text for HTML and XML; characters that XML does not allow are left out.
    static String escaped(String text) {
        return NOT_IN_XML.matcher(AuthPages.escaped(text)).replaceAll("");
    }
}
