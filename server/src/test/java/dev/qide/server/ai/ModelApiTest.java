package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The model APIs of the server, used by the SDKs of OpenAI and Anthropic as they are published.
class ModelApiTest {
    private static final long RUN_SECONDS = 60;
    private static final List<Piece> PIECES =
            List.of(
                    new Piece.Text("Hello, "),
                    new Piece.Text("wörld 😀"),
                    new Piece.ToolCall("call_1", "read_file", "{\"path\":\"a \\\"b\\\".txt\"}"));

    private static final String GHOST_TEXT_PROMPT =
            """
            ## Code snippet
            ```
            def f():
                [[MARKER]]
            print(f())
            ```

            ## Meta Data
            - File: file:///home/ann/a.py
            - Language: python

            Replace [[MARKER]] with the missing code.
            """;

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;
    private static OpenAIClient openai;
    private static AnthropicClient anthropic;

    @BeforeAll
    static void start() throws IOException {
        provider = new ScriptedProvider();
        server = TestServer.startWithModels(workspace, models(provider.url()));
        openai =
                OpenAIOkHttpClient.builder()
                        .apiKey(server.token())
                        .baseUrl(server.http("/v1").toString())
                        .maxRetries(0)
                        .build();
        anthropic =
                AnthropicOkHttpClient.builder()
                        .apiKey(server.token())
                        .baseUrl(server.http("").toString())
                        .maxRetries(0)
                        .build();
    }

    /// One model of each dialect for chat, named after it, and one with a fallback.
    static String models(String url) {
        var json = new StringBuilder("[");
        for (var dialect : Model.Provider.values()) {
            json.append(
                    """
                    {"name":"%1$s","provider":"%1$s","url":"%2$s","model":"%1$s-model",
                     "purpose":["chat","completion"],"local":true,"price":{"input":3,"output":15}},
                    """
                            .formatted(dialect.wireName(), url));
        }
        return json.append(
                        """
                        {"name":"first","provider":"anthropic","url":"%1$s","model":"first-model",
                         "purpose":["chat"],"local":true,"fallback":["openai"]}]
                        """
                                .formatted(url))
                .toString();
    }

    @AfterAll
    static void stop() {
        openai.close();
        anthropic.close();
        server.close();
        provider.close();
    }

    @BeforeEach
    void play() {
        provider.play(ProviderScript.of(PIECES));
    }

    @ParameterizedTest
    @EnumSource
    void the_sdk_of_openai_chats_with_every_provider(Model.Provider dialect) {
        check(openai.chat().completions().create(chat(dialect.wireName()).build()));

        play();
        var whole = ChatCompletionAccumulator.create();
        var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
        try (var stream =
                openai.chat()
                        .completions()
                        .createStreaming(chat(dialect.wireName()).streamOptions(options).build())) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.chatCompletion());
    }

    private static void check(ChatCompletion completion) {
        var choice = completion.choices().getFirst();
        assertThat(choice.message().content()).contains("Hello, wörld 😀");
        var call = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.id()).startsWith("call_");
        assertThat(call.function().name()).isEqualTo("read_file");
        assertThat(JsonParser.parseString(call.function().arguments()))
                .isEqualTo(JsonParser.parseString("{\"path\":\"a \\\"b\\\".txt\"}"));
        assertThat(choice.finishReason().asString()).isEqualTo("tool_calls");
        var usage = completion.usage().orElseThrow();
        assertThat(usage.completionTokens()).isEqualTo(3);
        assertThat(usage.promptTokens()).isEqualTo(provider.onlyCall().inputTokens());
    }

    @ParameterizedTest
    @EnumSource
    void the_sdk_of_openai_gets_responses_of_every_provider(Model.Provider dialect) {
        var params =
                ResponseCreateParams.builder()
                        .model(dialect.wireName())
                        .instructions("Be short.")
                        .input("Hello?")
                        .build();
        check(openai.responses().create(params));

        play();
        var whole = ResponseAccumulator.create();
        try (var stream = openai.responses().createStreaming(params)) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.response());
    }

    private static void check(Response response) {
        assertThat(response.status().orElseThrow().asString()).isEqualTo("completed");
        var text = response.output().get(0).asMessage().content().getFirst().asOutputText();
        assertThat(text.text()).isEqualTo("Hello, wörld 😀");
        var call = response.output().get(1).asFunctionCall();
        assertThat(call.callId()).startsWith("call_");
        assertThat(call.name()).isEqualTo("read_file");
        assertThat(JsonParser.parseString(call.arguments()))
                .isEqualTo(JsonParser.parseString("{\"path\":\"a \\\"b\\\".txt\"}"));
        var usage = response.usage().orElseThrow();
        assertThat(usage.outputTokens()).isEqualTo(3);
        assertThat(usage.inputTokens()).isEqualTo(provider.onlyCall().inputTokens());
    }

    @Test
    void a_response_continues_a_conversation_with_calls_of_functions_and_images() throws Exception {
        provider.play(ProviderScript.of(List.of(new Piece.Thinking("hm"), new Piece.Text("so"))));
        var answer =
                responses(
                        """
                        {"model":"anthropic","store":false,"max_output_tokens":50,
                         "text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"}}},
                         "tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],
                         "tool_choice":{"type":"function","name":"f"},
                         "input":[{"role":"developer","content":"Rules"},
                          {"role":"user","content":[{"type":"input_text","text":"Look"},
                           {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
                          {"type":"reasoning","id":"rs_1","summary":[]},
                          {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                          {"type":"function_call_output","call_id":"c1","output":"done"}]}
                        """);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"summary_text\",\"text\":\"hm\"", "\"output_text\",\"text\":\"so\"");
        var sent = provider.onlyCall().body().toString();
        assertThat(sent)
                .contains("Rules", "AAAA", "\"max_tokens\":50", "tool_use", "tool_result", "done");
        for (var refused :
                List.of(
                        "\"previous_response_id\":\"resp_1\"",
                        "\"background\":true",
                        "\"tools\":[{\"type\":\"web_search\"}]",
                        "\"models\":[\"other\"]")) {
            var body = "{\"model\":\"anthropic\",\"input\":\"Hi\"," + refused + "}";
            assertThat(responses(body).statusCode()).as(refused).isEqualTo(400);
        }
    }

    @Test
    void a_response_that_breaks_off_says_so() throws Exception {
        var body = "{\"model\":\"openai\",\"input\":\"Hi\",\"stream\":true}";
        provider.play(ProviderScript.saying("one", "two").with(Fault.ERROR_EVENT, 1));
        assertThat(responses(body).body())
                .contains("response.output_text.delta", "event: response.failed")
                .doesNotContain("response.completed", "[DONE]");
        provider.play(ProviderScript.saying("one").failing(429));
        assertThat(responses(body).statusCode()).isEqualTo(429);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, 413, invalid_request_error",
        "/v1/messages, 413, request_too_large"
    })
    void a_whole_answer_without_an_end_fails(String path, int status, String type)
            throws Exception {
        provider.play(ProviderScript.repeating("x".repeat(500_000), 17).with(Fault.STALLS, 17));
        check(status, path, server.token(), body("openai"), type);
        var answer = check(status, path, server.token(), body("openai"), "limit: 8388608");
        assertThat(answer.body()).contains("reason: answer");
    }

    private static HttpResponse<String> responses(String body) throws Exception {
        return post("/v1/responses", body);
    }

    private static HttpResponse<String> post(String path, String body) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(server.http(path))
                            .header("Authorization", "Bearer " + server.token())
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_sdk_of_anthropic_chats_with_every_provider(Model.Provider dialect) {
        check(anthropic.messages().create(message(dialect.wireName())));

        play();
        var whole = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message(dialect.wireName()))) {
            stream.stream().forEach(whole::accumulate);
        }
        check(whole.message());
    }

    private static void check(Message message) {
        assertThat(message.content().get(0).asText().text()).isEqualTo("Hello, wörld 😀");
        assertThat(message.content().get(1).asToolUse().name()).isEqualTo("read_file");
        assertThat(message.content().get(1).asToolUse()._input().toString()).contains("\"b\".txt");
        assertThat(message.stopReason().orElseThrow().asString()).isEqualTo("tool_use");
        assertThat(message.usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void thinking_and_its_signature_come_through() {
        provider.play(ProviderScript.of(List.of(new Piece.Thinking("hm"), new Piece.Text("so"))));
        var whole = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message("anthropic"))) {
            stream.stream().forEach(whole::accumulate);
        }
        var thinking = whole.message().content().get(0).asThinking();
        assertThat(thinking.thinking()).isEqualTo("hm");
        assertThat(thinking.signature()).isEqualTo("c2lnbmVk");
    }

    @ParameterizedTest
    @EnumSource
    void the_legacy_api_fills_in(Model.Provider dialect) {
        provider.play(ProviderScript.saying("return ", "1"));
        var params =
                CompletionCreateParams.builder()
                        .model(dialect.wireName())
                        .prompt("def f():\n")
                        .suffix("\nprint()")
                        .build();
        assertThat(openai.completions().create(params).choices().getFirst().text())
                .isEqualTo("return 1");
        try (var stream = openai.completions().createStreaming(params)) {
            var text = new StringBuilder();
            stream.stream().forEach(part -> text.append(part.choices().getFirst().text()));
            assertThat(text).hasToString("return 1");
        }
    }

    /// The paths that Theia's custom models of OpenAI and Anthropic use, and what each one sends.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /v1/chat/completions | {"model":"openai","messages":[{"role":"user","content":%s}],"stream":false}
                    /v1/responses | {"model":"openai","input":[{"role":"user","content":%s}],"stream":false}
                    /v1/messages | {"model":"openai","max_tokens":99,"messages":[{"role":"user","content":%s}],"stream":false}
                    """)
    void theias_prompt_for_ghost_text_is_served_as_completion(String path, String request)
            throws Exception {
        provider.play(ProviderScript.saying("return 1"));

        var answer = post(path, request.formatted(new JsonPrimitive(GHOST_TEXT_PROMPT)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"return 1\"");
        var call = provider.onlyCall();
        assertThat(call.path()).isEqualTo("/v1/completions");
        assertThat(call.body().get("prompt").getAsString()).isEqualTo("def f():\n    ");
        assertThat(call.body().get("suffix").getAsString()).isEqualTo("\nprint(f())");
    }

    @Test
    void theias_prompt_for_ghost_text_stays_a_chat_if_the_model_is_for_chat_only()
            throws Exception {
        provider.play(ProviderScript.saying("return 1"));

        var answer =
                post(
                        "/v1/chat/completions",
                        "{\"model\":\"first\",\"messages\":[{\"role\":\"user\",\"content\":%s}]}"
                                .formatted(new JsonPrimitive(GHOST_TEXT_PROMPT)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"return 1\"");
        var call = provider.onlyCall();
        assertThat(call.path()).isEqualTo("/v1/messages");
        assertThat(call.body().toString()).contains("[[MARKER]]");
    }

    @Test
    void the_models_are_listed_for_both_sdks() {
        assertThat(openai.models().list().data().stream().map(model -> model.id()))
                .containsExactly("openai", "anthropic", "gemini", "ollama", "first");
        assertThat(anthropic.models().list().data().stream().map(model -> model.id()))
                .contains("anthropic", "first");
        assertThat(openai.models().retrieve("gemini").ownedBy()).isEqualTo("gemini");
    }

    @Test
    void tokens_are_counted_before_a_message() {
        var count =
                anthropic
                        .messages()
                        .countTokens(
                                MessageCountTokensParams.builder()
                                        .model("anthropic")
                                        .addUserMessage("x".repeat(3_000))
                                        .build());
        assertThat(count.inputTokens()).isBetween(700L, 1_100L);
    }

    @Test
    void another_model_answers_until_the_first_content() {
        provider.playNext(
                ProviderScript.of(PIECES).with(Fault.ERROR_EVENT, 0), ProviderScript.of(PIECES));
        var completion = openai.chat().completions().create(chat("first").build());
        assertThat(completion.choices().getFirst().message().content()).contains("Hello, wörld 😀");
        assertThat(provider.calls())
                .extracting(call -> call.body().get("model").getAsString())
                .containsExactly("first-model", "openai-model");

        provider.play(ProviderScript.of(PIECES).with(Fault.ERROR_EVENT, 1));
        assertThatThrownBy(
                        () -> {
                            try (var stream =
                                    openai.chat()
                                            .completions()
                                            .createStreaming(chat("first").build())) {
                                stream.stream().forEach(_ -> {});
                            }
                        })
                .isInstanceOf(RuntimeException.class);
        assertThat(provider.calls()).hasSize(1);
        assertThatThrownBy(
                        () -> {
                            try (var stream =
                                    anthropic.messages().createStreaming(message("anthropic"))) {
                                stream.stream().forEach(_ -> {});
                            }
                        })
                .hasMessageContaining("overloaded_error");
    }

    @Test
    void failures_have_the_shape_of_each_api() throws Exception {
        var viewer = server.tokenOf("vic", Scope.READ);
        check(401, "/v1/chat/completions", "wrong", "{}", "invalid_api_key");
        check(403, "/v1/chat/completions", viewer, "{}", "invalid_request_error");
        check(400, "/v1/chat/completions", server.token(), "{", "invalid_request_error");
        check(400, "/v1/chat/completions", server.token(), "{}", "\"param\":\"messages\"");
        check(404, "/v1/chat/completions", server.token(), body("nobody"), "model_not_found");
        check(401, "/v1/messages", "wrong", "{}", "\"type\":\"authentication_error\"");
        check(403, "/v1/messages", viewer, "{}", "\"type\":\"permission_error\"");
        check(400, "/v1/messages", server.token(), "{}", "max_tokens");
        check(404, "/v1/messages", server.token(), body("nobody"), "not_found_error");

        provider.play(
                ProviderScript.saying()
                        .failing(429, Map.of("retry-after-ms", "1", "x-should-retry", "false")));
        var limited =
                check(429, "/v1/messages", server.token(), body("anthropic"), "rate_limit_error");
        assertThat(limited.headers().firstValue("retry-after-ms")).contains("1");
        assertThat(limited.headers().firstValue("request-id")).isPresent();
        provider.play(ProviderScript.saying().failing(529, Map.of("x-should-retry", "false")));
        check(529, "/v1/messages", server.token(), body("anthropic"), "overloaded_error");
        var overloaded =
                check(
                        503,
                        "/v1/chat/completions",
                        server.token(),
                        body("anthropic"),
                        "server_error");
        assertThat(overloaded.headers().firstValue("Retry-After")).contains("1");
        provider.play(ProviderScript.saying().failing(401));
        check(502, "/v1/chat/completions", server.token(), body("openai"), "server_error");
        provider.play(ProviderScript.saying().failing(400));
        check(400, "/v1/chat/completions", server.token(), body("openai"), "invalid_request_error");
        assertThatThrownBy(() -> openai.chat().completions().create(chat("nobody").build()))
                .isInstanceOfSatisfying(
                        OpenAIServiceException.class,
                        failure -> assertThat(failure.statusCode()).isEqualTo(404));
    }

    @Test
    void beta_features_reach_anthropic_alone() throws Exception {
        for (var model : List.of("anthropic", "openai")) {
            provider.play(ProviderScript.of(PIECES));
            var request =
                    postOf("/v1/messages", body(model))
                            .header("x-api-key", server.token())
                            .header("anthropic-beta", "context-management-2025-06-27");
            check(200, request, "Hello");
            assertThat(provider.calls().getLast().header("anthropic-beta"))
                    .isEqualTo(model.equals("openai") ? "" : "context-management-2025-06-27");
        }
    }

    @Test
    void a_wrong_path_or_method_has_the_shape_of_each_api() throws Exception {
        check(404, requestOf("/v1/files"), "\"type\":\"invalid_request_error\"");
        check(404, postOf("/v1/embeddings", "{}"), "\"code\":null");
        check(404, requestOf("/v1/messages/batches"), "\"type\":\"not_found_error\"");
        var other = check(405, requestOf("/v1/chat/completions"), "\"code\":null");
        assertThat(other.headers().firstValue("Allow")).contains("OPTIONS, POST");
        check(405, requestOf("/v1/messages"), "\"type\":\"invalid_request_error\"");
    }

    @Test
    void a_cookie_without_a_csrf_token_is_refused_in_the_shape_of_each_api() throws Exception {
        var login = check(204, postOf("/api/login", "{\"token\":\"" + server.token() + "\"}"), "");
        var cookie = login.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];

        var ofOpenAi = postOf("/v1/chat/completions", body("openai")).header("Cookie", cookie);
        check(403, ofOpenAi, "\"type\":\"invalid_request_error\"");
        var ofAnthropic = postOf("/v1/messages", body("anthropic")).header("Cookie", cookie);
        check(403, ofAnthropic, "\"type\":\"permission_error\"");
    }

    private static HttpRequest.Builder requestOf(String path) {
        return HttpRequest.newBuilder(server.http(path)).timeout(Duration.ofSeconds(20));
    }

    private static HttpRequest.Builder postOf(String path, String body) {
        return requestOf(path).POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private static String body(String model) {
        return """
        {"model":"%s","max_tokens":5,"messages":[{"role":"user","content":"Hello?"}]}
        """
                .formatted(model);
    }

    private static HttpResponse<String> check(
            int status, String path, String token, String body, String contains) throws Exception {
        return check(status, postOf(path, body).header("x-api-key", token), contains);
    }

    private static HttpResponse<String> check(
            int status, HttpRequest.Builder request, String contains) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(response.body()).contains(contains);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
            return response;
        }
    }

    @Test
    void the_sdks_for_node_chat_stream_and_stop() throws Exception {
        provider.play("openai-model", ProviderScript.of(PIECES));
        provider.play("anthropic-model", ProviderScript.of(PIECES));
        provider.play(
                "gemini-model",
                ProviderScript.repeating("word ", 10_000).every(Duration.ofMillis(10)));
        var said =
                NodeProject.installed("ai")
                        .run(
                                RUN_SECONDS,
                                "sdks.mjs",
                                server.http("").toString(),
                                server.token(),
                                provider.url() + "/stats");
        assertThat(said).contains("the SDKs were served");
    }

    private static MessageCreateParams message(String model) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(100)
                .addUserMessage("Hello?")
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage("Hello?");
    }
}
