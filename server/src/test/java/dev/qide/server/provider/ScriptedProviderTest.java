package dev.qide.server.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ProviderScript.Piece;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The double is checked by the providers' own SDKs.
class ScriptedProviderTest {
    private static final List<Piece> PIECES =
            List.of(
                    new Piece.Text("Hello, "),
                    new Piece.Text("wörld 😀"),
                    new Piece.ToolCall("call_1", "read_file", "{\"path\":\"a \\\"b\\\".txt\"}"));

    private static ScriptedProvider provider;
    private static AnthropicClient anthropic;
    private static OpenAIClient openai;

    @BeforeAll
    static void start() throws IOException {
        provider = new ScriptedProvider();
        anthropic =
                AnthropicOkHttpClient.builder()
                        .apiKey("key")
                        .baseUrl(provider.url())
                        .maxRetries(2)
                        .build();
        openai =
                OpenAIOkHttpClient.builder()
                        .apiKey("key")
                        .baseUrl(provider.url() + "/v1")
                        .maxRetries(2)
                        .build();
    }

    @AfterAll
    static void stop() {
        anthropic.close();
        openai.close();
        provider.close();
    }

    @BeforeEach
    void play() {
        provider.play(ProviderScript.of(PIECES));
    }

    @Test
    void the_sdk_of_anthropic_reads_a_message() {
        check(anthropic.messages().create(message()));
    }

    @Test
    void the_sdk_of_anthropic_reads_a_stream() {
        var whole = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message())) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.message());
    }

    private static void check(Message message) {
        assertThat(message.content().get(0).asText().text()).isEqualTo("Hello, wörld 😀");
        assertThat(message.content().get(1).asToolUse().name()).isEqualTo("read_file");
        assertThat(message.content().get(1).asToolUse()._input().toString())
                .contains("a \"b\".txt");
        assertThat(message.usage().outputTokens()).isEqualTo(3);
        assertThat(message.usage().inputTokens()).isEqualTo(provider.onlyCall().inputTokens());
        assertThat(message.stopReason().orElseThrow().asString()).isEqualTo("tool_use");
        assertThat(provider.onlyCall().header("authorization")).isEqualTo("Bearer key");
    }

    @Test
    void the_sdk_of_anthropic_reads_thinking() {
        provider.play(ProviderScript.of(List.of(new Piece.Thinking("hm"), new Piece.Text("so"))));
        var whole = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message())) {
            stream.stream().forEach(whole::accumulate);
        }
        var thinking = whole.message().content().get(0).asThinking();
        assertThat(thinking.thinking()).isEqualTo("hm");
        assertThat(thinking.signature()).isEqualTo("c2lnbmVk");
    }

    @Test
    void the_sdk_of_anthropic_names_an_error_after_a_200() {
        provider.play(ProviderScript.of(PIECES).with(Fault.ERROR_EVENT, 1));
        try (var stream = anthropic.messages().createStreaming(message())) {
            assertThatThrownBy(() -> stream.stream().forEach(_ -> {}))
                    .hasMessageContaining("overloaded_error");
        }
    }

    @Test
    void the_sdk_of_anthropic_retries_a_529() {
        provider.playNext(ProviderScript.saying().failing(529, Map.of("retry-after-ms", "1")));
        assertThat(anthropic.messages().create(message()).content()).isNotEmpty();
        assertThat(provider.calls()).hasSize(2);
    }

    @Test
    void the_sdk_of_openai_reads_a_completion() {
        check(openai.chat().completions().create(chat().build()));
    }

    @Test
    void the_sdk_of_openai_reads_a_stream() {
        var whole = ChatCompletionAccumulator.create();
        var params =
                chat().streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();
        try (var stream = openai.chat().completions().createStreaming(params)) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.chatCompletion());
    }

    private static void check(ChatCompletion completion) {
        var choice = completion.choices().getFirst();
        assertThat(choice.message().content()).contains("Hello, wörld 😀");
        var function = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(function.id()).isEqualTo("call_1");
        assertThat(function.function().arguments()).isEqualTo("{\"path\":\"a \\\"b\\\".txt\"}");
        assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(3);
        assertThat(provider.onlyCall().header("authorization")).isEqualTo("Bearer key");
    }

    @Test
    void the_sdk_of_openai_reads_a_fill_in() {
        var params = CompletionCreateParams.builder().model("tiny").prompt("a").suffix("b").build();
        assertThat(openai.completions().create(params).choices().getFirst().text())
                .isEqualTo("Hello, wörld 😀");
        try (var stream = openai.completions().createStreaming(params)) {
            assertThat(stream.stream().map(part -> part.choices().getFirst().text()).toList())
                    .containsExactly("Hello, ", "wörld 😀", "");
        }
    }

    @Test
    void a_slow_drip_is_the_same_stream() {
        provider.play(ProviderScript.of(PIECES).with(Fault.DRIPS, 0));
        var whole = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message())) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.message());
    }

    private static MessageCreateParams message() {
        return MessageCreateParams.builder()
                .model("tiny")
                .maxTokens(100)
                .addUserMessage("Hello?")
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model("tiny").addUserMessage("Hello?");
    }
}
