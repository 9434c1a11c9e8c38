package dev.qide.server.ai.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProviderFailuresTest {
    /// Statuses and bodies of the providers' documentation and of reports by their users.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    400 | {"error":{"type":"invalid_request_error","message":"max_tokens: too large"}} | invalid-request | false
                    422 | {"detail":"no"} | invalid-request | false
                    413 | {"error":{"type":"request_too_large"}} | too-large | false
                    400 | {"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}} | billing | true
                    400 | {"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}} | authentication | true
                    400 | {"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"OTHER"}]}} | invalid-request | false
                    400 | {"error":{"type":"invalid_request_error","code":"context_length_exceeded"}} | context-too-large | false
                    400 | {"error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}} | context-too-large | false
                    400 | {"error":{"code":400,"status":"INVALID_ARGUMENT","message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."}} | context-too-large | false
                    400 | {"error":"the input length exceeds the context length"} | context-too-large | false
                    401 | {"error":{"code":"invalid_api_key"}} | authentication | true
                    408 | `` | overloaded | true
                    409 | {} | overloaded | true
                    410 | {"error":{"message":"The model is retired."}} | not-found | true
                    429 | {"error":{"code":"insufficient_quota"}} | billing | true
                    451 | `` | api | true
                    500 | <html> | api | true
                    """)
    void only_a_refusal_of_the_request_itself_excludes_other_models(
            int status, String body, String kind, boolean allowsFallback) {
        var failure = ProviderFailures.status(status, body, null);
        assertThat(ProviderFailures.kind(failure)).isEqualTo(kind);
        assertThat(ProviderFailures.allowsFallback(failure)).isEqualTo(allowsFallback);
    }
}
