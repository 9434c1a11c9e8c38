package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The negotiation of content codings by RFC 9110, section 12.5.3.
class ContentCodingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                // header                           | of all   | without brotli | identity alone
                "''                                 | identity | identity       | identity",
                "gzip                               | gzip     | gzip           | identity",
                "gzip, deflate, br, zstd            | br       | gzip           | identity",
                "BR                                 | br       | identity       | identity",
                "x-gzip                             | gzip     | gzip           | identity",
                "br;q=0.5, gzip;q=0.8               | gzip     | gzip           | identity",
                "br ; q=0.5 , gzip ; q=0.5          | br       | gzip           | identity",
                "identity                           | identity | identity       | identity",
                "identity;q=0.5, gzip;q=0.1         | identity | identity       | identity",
                "identity;q=0.1, gzip;q=0.1         | gzip     | gzip           | identity",
                "br;q=0, gzip;q=0                   | identity | identity       | identity",
                "*                                  | br       | gzip           | identity",
                "*;q=0.2, gzip                      | gzip     | gzip           | identity",
                "br;q=0, *                          | gzip     | gzip           | identity",
                "identity;q=0                       | none     | none           | none",
                "identity;q=0, gzip                 | gzip     | gzip           | none",
                "*;q=0                              | none     | none           | none",
                "*;q=0, identity;q=0.1              | identity | identity       | identity",
                "*;q=0, br                          | br       | none           | none",
                "deflate, zstd                      | identity | identity       | identity",
                "gzip;q=2, br;q=x, *;level=1        | identity | identity       | identity",
                "gzip;q=1.0001                      | identity | identity       | identity",
                "',, gzip ,'                        | gzip     | gzip           | identity",
            })
    void the_best_coding_that_the_client_accepts_is_chosen(
            String header,
            @Nullable String ofAll,
            @Nullable String withoutBrotli,
            @Nullable String alone) {
        var all = EnumSet.allOf(ContentCoding.class);
        assertThat(best(header, all)).isEqualTo(ofAll);
        assertThat(best(header, EnumSet.complementOf(EnumSet.of(ContentCoding.BROTLI))))
                .isEqualTo(withoutBrotli);
        assertThat(best(header, EnumSet.of(ContentCoding.IDENTITY))).isEqualTo(alone);
    }

    @Test
    void a_client_without_accept_encoding_gets_no_coding() {
        var head = new RequestHead("GET", "/", "/", "", Map.of(), "127.0.0.1", false);

        assertThat(ContentCoding.best(head, EnumSet.allOf(ContentCoding.class)))
                .isEqualTo(ContentCoding.IDENTITY);
    }

    private static @Nullable String best(String header, EnumSet<ContentCoding> available) {
        var headers = Map.of("accept-encoding", List.of(header));
        var best =
                ContentCoding.best(
                        new RequestHead("GET", "/", "/", "", headers, "127.0.0.1", false),
                        available);
        return best == null ? null : best.token();
    }
}
