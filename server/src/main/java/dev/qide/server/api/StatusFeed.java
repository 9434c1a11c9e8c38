package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.wire.StatusReport;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/// The incidents of the status page as an Atom feed (RFC 4287), one entry for each, whose latest
/// update comes first. Its addresses are relative to its own.
final class StatusFeed {
    private static final String ID = "urn:uuid:0f7b6a0e-93a5-5c3f-8f3e-1d5b7c1a9a10";

    private StatusFeed() {}

    static Answer of(StatusReport report) {
        var xml = new StringBuilder();
        xml.append("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
                .append("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n")
                .append("<id>" + ID + "</id>\n<title>Q-IDE status</title>\n<updated>")
                .append(updated(report))
                .append("</updated>\n<author><name>Q-IDE</name></author>\n")
                .append("<link rel=\"self\" href=\"status.atom\"/>\n")
                .append("<link rel=\"alternate\" type=\"text/html\" href=\"status\"/>\n");
        report.incidents().forEach(incident -> entry(xml, incident));
        xml.append("</feed>\n");
        return new Answer(
                200,
                Map.of("Cache-Control", "no-store"),
                new Content.Bytes(
                        "application/atom+xml; charset=utf-8",
                        xml.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static void entry(StringBuilder xml, StatusReport.Incident incident) {
        var latest = incident.updates().getLast();
        xml.append("<entry>\n<id>urn:uuid:")
                .append(incident.id())
                .append("</id>\n<title>")
                .append(StatusPage.escaped(incident.title()))
                .append("</title>\n<published>")
                .append(incident.startedAt())
                .append("</published>\n<updated>")
                .append(latest.at())
                .append("</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"status#i-")
                .append(incident.id())
                .append("\"/>\n<content type=\"text\">");
        for (var update : incident.updates().reversed()) {
            xml.append(update.at())
                    .append(' ')
                    .append(update.state().name().toLowerCase(Locale.ROOT))
                    .append(": ")
                    .append(StatusPage.escaped(update.text()))
                    .append("\n\n");
        }
        xml.append("</content>\n</entry>\n");
    }

    /// The time of the latest update; before the first incident, a day that never changes.
    private static String updated(StatusReport report) {
        return report.incidents().stream()
                .map(incident -> incident.updates().getLast().at())
                .max(String::compareTo)
                .orElse("2026-01-01T00:00:00Z");
    }
}
