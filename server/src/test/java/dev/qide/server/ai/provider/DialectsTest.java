package dev.qide.server.ai.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.gateway.AnthropicRequests;
import dev.qide.server.ai.gateway.OpenAiRequests;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import dev.qide.server.ai.provider.ModelRequest.ToolChoice;
import dev.qide.wire.FailureException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests that a provider would refuse if they were encoded for another of its models, or as
/// another provider wrote them.
class DialectsTest {
    private static final JsonObject SCHEMA =
            JsonParser.parseString("{\"type\":\"object\"}").getAsJsonObject();

    @ParameterizedTest
    @CsvSource({
        "claude-opus-4-7, true",
        "claude-opus-4-6, true",
        "claude-sonnet-5, true",
        "anthropic.claude-opus-4-7-v1:0, true",
        "claude-mythos-preview, true",
        "claude-opus-4-5-20251101, false",
        "claude-sonnet-4-20250514, false",
        "claude-3-7-sonnet-20250219, false",
        "claude-2.1, false",
        "glm-4.6, false",
    })
    void a_claude_thinks_by_effort_or_by_budget(String model, boolean isAdaptive) {
        var body = anthropic(model, new ToolChoice.Auto());
        assertThat(body.getAsJsonObject("thinking"))
                .hasToString(
                        isAdaptive
                                ? "{\"type\":\"adaptive\"}"
                                : "{\"type\":\"enabled\",\"budget_tokens\":4096}");
        assertThat(String.valueOf(body.get("output_config")))
                .isEqualTo(isAdaptive ? "{\"effort\":\"medium\"}" : "null");
    }

    @Test
    void a_forced_tool_call_goes_without_thinking() {
        for (var choice : List.of(new ToolChoice.Always(), new ToolChoice.Named("read"))) {
            assertThat(anthropic("claude-opus-4-5", choice).has("thinking")).isFalse();
            var adaptive = anthropic("claude-opus-4-7", choice);
            assertThat(adaptive.has("thinking")).isFalse();
            assertThat(adaptive.get("output_config")).hasToString("{\"effort\":\"medium\"}");
        }
        assertThat(anthropic("claude-opus-4-5", new ToolChoice.Never()).has("thinking")).isTrue();
    }

    /// The client cannot send a model's thinking back over OpenAI's APIs.
    @Test
    void a_claude_with_a_budget_does_not_think_on_after_calls_without_their_thinking() {
        var options = new ModelRequest.Options(9_000, null, null, List.of(), null, "medium");
        for (var signature : List.of("", "c2ln")) {
            var messages = conversation("c1", new Part.Thinking("hm", signature));
            for (var name : List.of("claude-opus-4-5", "claude-opus-4-7")) {
                var body =
                        new AnthropicDialect()
                                .encode(
                                        model(Model.Provider.ANTHROPIC, name),
                                        chat(messages, new ToolChoice.Auto(), options))
                                .body();
                assertThat(body.has("thinking"))
                        .as(name + signature)
                        .isEqualTo(name.endsWith("7") || !signature.isEmpty());
            }
        }
    }

    /// OpenAI refuses many schemas that are strict without the client's wish.
    @Test
    void a_schema_is_as_strict_as_the_client_wants() {
        for (var strict : List.of("", ",\"strict\":false", ",\"strict\":true")) {
            var sent =
                    """
                    {"model": "m", "messages": [{"role": "user", "content": "Hi"}],
                     "tools": [{"type": "function", "function": {"name": "f"%1$s}}],
                     "response_format": {"type": "json_schema",
                      "json_schema": {"name": "a", "schema": {"type": "object"}%1$s}}}
                    """
                            .formatted(strict);
            var body =
                    new OpenAiDialect()
                            .encode(
                                    model(Model.Provider.OPENAI, "gpt-5"),
                                    OpenAiRequests.chat(
                                                    JsonParser.parseString(sent).getAsJsonObject())
                                            .request())
                            .body();
            boolean isStrict = strict.endsWith("true");
            assertThat(
                            body.getAsJsonObject("response_format")
                                    .toString()
                                    .contains("\"strict\":true"))
                    .as(strict)
                    .isEqualTo(isStrict);
            assertThat(body.getAsJsonArray("tools").toString().contains("\"strict\":true"))
                    .as(strict)
                    .isEqualTo(isStrict);
        }
    }

    @Test
    void a_prompt_for_the_legacy_api_arrives_whole() {
        var sent = JsonFields.of("model", "m", "prompt", "first " + "x".repeat(9_000));
        var request = (ModelRequest.FillIn) OpenAiRequests.legacy(sent).request();
        assertThat(request.prefix()).startsWith("first ").hasSize(9_006);
    }

    /// Ollama reads no more than its default otherwise, and drops what is before.
    @Test
    void ollama_gets_the_size_of_the_context() {
        var model =
                new Model(
                        "m",
                        Model.Provider.OLLAMA,
                        URI.create("http://127.0.0.1:1"),
                        "qwen",
                        Set.of(Model.Purpose.CHAT),
                        new Model.Key(""),
                        List.of(),
                        Model.Price.FREE,
                        new Model.Limits(
                                32_768,
                                4_096,
                                true,
                                8,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1)),
                        Model.FillIn.SUFFIX,
                        true);
        var fillIn =
                new ModelRequest.FillIn("a", "python", "a", "b", ModelRequest.Options.DEFAULTS);
        var chat =
                chat(
                        List.of(new ModelRequest.Message(Role.USER, List.of(new Part.Text("Hi")))),
                        new ToolChoice.Auto(),
                        ModelRequest.Options.DEFAULTS);
        for (var body :
                List.of(
                        new OllamaDialect().encode(model, chat).body(),
                        FillInDialect.of(model).encode(model, fillIn).body(),
                        OllamaModelLoader.body(model))) {
            assertThat(body.getAsJsonObject("options").get("num_ctx").getAsInt()).isEqualTo(32_768);
        }
        assertThat(new OllamaDialect().encode(model, chat).body().get("truncate").getAsBoolean())
                .isFalse();
    }

    @Test
    void each_parallel_tool_call_has_its_own_index() {
        var decoder = new OpenAiDecoder();
        var events = new ArrayList<ModelEvent>();
        for (var call :
                List.of(
                        "{'index':0,'id':'a','function':{'name':'read','arguments':''}}",
                        "{'index':0,'function':{'arguments':'{1'}}",
                        "{'index':0,'id':'a','function':{'name':'read','arguments':'}'}}",
                        "{'index':0,'id':'b','function':{'name':'read','arguments':'{2}'}}",
                        "{'index':1,'id':'c','function':{'name':'list','arguments':'{3}'}}")) {
            var frame = "{'choices':[{'index':0,'delta':{'tool_calls':[" + call + "]}}]}";
            decoder.decode(
                    JsonParser.parseString(frame.replace('\'', '"')).getAsJsonObject(),
                    events::add);
        }
        assertThat(events)
                .containsExactly(
                        new ModelEvent.Started(""),
                        new ModelEvent.ToolCall(0, "a", "read"),
                        new ModelEvent.ToolArguments(0, "{1"),
                        new ModelEvent.ToolArguments(0, "}"),
                        new ModelEvent.ToolCall(1, "b", "read"),
                        new ModelEvent.ToolArguments(1, "{2}"),
                        new ModelEvent.ToolCall(2, "c", "list"),
                        new ModelEvent.ToolArguments(2, "{3}"));
    }

    @Test
    void no_sampling_parameter_of_a_client_reaches_anthropic() {
        var sent =
                JsonParser.parseString(
                                """
                                {"model": "m", "max_tokens": 9, "temperature": 1, "top_p": 1,
                                 "top_k": 5, "metadata": {"user_id": "u"},
                                 "messages": [{"role": "user", "content": "Hi"}]}
                                """)
                        .getAsJsonObject();
        var body =
                new AnthropicDialect()
                        .encode(
                                model(Model.Provider.ANTHROPIC, "claude-opus-4-7"),
                                AnthropicRequests.messages(sent, "").request())
                        .body();
        assertThat(body.keySet())
                .containsExactlyInAnyOrder("model", "max_tokens", "messages", "stream", "metadata");
    }

    /// As Claude Code sends them.
    @Test
    void cache_points_images_of_tools_and_beta_features_reach_anthropic() {
        var sent =
                JsonParser.parseString(
                                """
                                {"model": "m", "max_tokens": 9,
                                 "tools": [{"name": "look", "description": "Looks.",
                                   "input_schema": {"type": "object"},
                                   "cache_control": {"type": "ephemeral"}}],
                                 "messages": [{"role": "user", "content": [
                                   {"type": "tool_result", "tool_use_id": "t1", "content": [
                                     {"type": "text", "text": "seen"},
                                     {"type": "image", "source": {"type": "base64",
                                      "media_type": "image/png", "data": "aWNvbg=="}}],
                                    "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                                   {"type": "image", "source": {"type": "url", "url": "https://a/b"},
                                    "cache_control": {"type": "ephemeral"}}]}]}
                                """)
                        .getAsJsonObject();
        var request =
                AnthropicRequests.messages(
                                sent, "context-management-2025-06-27, context-1m-2025-08-07")
                        .request();
        var call =
                new AnthropicDialect()
                        .encode(model(Model.Provider.ANTHROPIC, "claude-opus-4-7"), request);
        assertThat(call.body().get("tools")).isEqualTo(sent.get("tools"));
        assertThat(call.body().get("messages")).isEqualTo(sent.get("messages"));
        assertThat(call.headers()).containsEntry("anthropic-beta", "context-management-2025-06-27");

        var openai = new OpenAiDialect().encode(model(Model.Provider.OPENAI, "m"), request).body();
        assertThat(openai.getAsJsonArray("messages").toString())
                .contains("\"content\":\"seen\"", "data:image/png;base64,aWNvbg==");
        assertThat(new GeminiDialect().encode(model(Model.Provider.GEMINI, "m"), request).body())
                .asString()
                .contains("\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"aWNvbg==\"}");
        assertThat(new OllamaDialect().encode(model(Model.Provider.OLLAMA, "m"), request).body())
                .asString()
                .contains("\"images\":[\"aWNvbg==\"]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    "speed":"standard"       | `` |
                    "inference_geo":"global" | beta-1 |
                    "speed":"fast"           | `` | speed
                    "inference_geo":"us"     | `` | inference_geo
                    "service_tier":"auto"    | a:b | anthropic-beta
                    """)
    void what_has_another_price_is_refused(String member, String betas, @Nullable String param) {
        var sent =
                JsonParser.parseString(
                                "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],%s}"
                                        .formatted(member))
                        .getAsJsonObject();
        if (param == null) {
            var extras =
                    ((ModelRequest.Chat) AnthropicRequests.messages(sent, betas).request())
                            .extras();
            assertThat(extras.betas()).isEqualTo(betas);
            return;
        }
        assertThatThrownBy(() -> AnthropicRequests.messages(sent, betas))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.tags()).containsEntry("param", param));
    }

    /// After a model that did not answer, another one continues the conversation.
    @Test
    void a_conversation_that_gemini_began_goes_on_elsewhere() {
        var id = "call_1f_0" + GeminiDecoder.SIGNATURE + "c2lnbmVk+/=";
        var messages = conversation(id, new Part.Thinking("hm", ""));

        var anthropic = encode(new AnthropicDialect(), Model.Provider.ANTHROPIC, "m", messages);
        assertThat(anthropic.getAsJsonArray("messages"))
                .hasToString(
                        """
                        [{"role":"user","content":[{"type":"text","text":"Read."}]},\
                        {"role":"assistant","content":[{"type":"tool_use","id":"call_1f_0",\
                        "name":"read","input":{}}]},\
                        {"role":"user","content":[{"type":"tool_result",\
                        "tool_use_id":"call_1f_0","content":"text"}]}]\
                        """);
        var openai = encode(new OpenAiDialect(), Model.Provider.OPENAI, "m", messages);
        assertThat(openai.getAsJsonArray("messages").toString())
                .contains("\"id\":\"call_1f_0\"", "\"tool_call_id\":\"call_1f_0\"");
        var gemini = encode(new GeminiDialect(), Model.Provider.GEMINI, "gemini-3-pro", messages);
        assertThat(gemini.toString()).contains("\"thoughtSignature\":\"c2lnbmVk+/=\"");
    }

    @Test
    void a_conversation_that_another_model_began_goes_on_with_gemini() {
        var messages = conversation("toolu.1", new Part.Thinking("hm", "c2ln"));
        var skipped = "\"thoughtSignature\":\"skip_thought_signature_validator\"";
        for (var model : List.of("gemini-3-pro-preview", "gemini-3.1-flash", "gemini-4-argon")) {
            assertThat(encode(new GeminiDialect(), Model.Provider.GEMINI, model, messages))
                    .asString()
                    .contains(skipped);
        }
        assertThat(encode(new GeminiDialect(), Model.Provider.GEMINI, "gemini-2.5-pro", messages))
                .asString()
                .doesNotContain("thoughtSignature");
        assertThat(encode(new AnthropicDialect(), Model.Provider.ANTHROPIC, "m", messages))
                .asString()
                .contains("\"signature\":\"c2ln\"", "\"id\":\"toolu_1\"");
    }

    private static List<ModelRequest.Message> conversation(String id, Part.Thinking thinking) {
        return List.of(
                new ModelRequest.Message(Role.USER, List.of(new Part.Text("Read."))),
                new ModelRequest.Message(
                        Role.ASSISTANT, List.of(thinking, new Part.ToolCall(id, "read", "{}"))),
                new ModelRequest.Message(
                        Role.USER, List.of(new Part.ToolResult(id, "text", false))));
    }

    private static JsonObject encode(
            Dialect dialect,
            Model.Provider provider,
            String model,
            List<ModelRequest.Message> messages) {
        return dialect.encode(
                        model(provider, model),
                        chat(messages, new ToolChoice.Auto(), ModelRequest.Options.DEFAULTS))
                .body();
    }

    private static JsonObject anthropic(String model, ToolChoice choice) {
        var options = new ModelRequest.Options(9_000, null, null, List.of(), null, "medium");
        var messages = List.of(new ModelRequest.Message(Role.USER, List.of(new Part.Text("Hi"))));
        return new AnthropicDialect()
                .encode(model(Model.Provider.ANTHROPIC, model), chat(messages, choice, options))
                .body();
    }

    private static ModelRequest.Chat chat(
            List<ModelRequest.Message> messages, ToolChoice choice, ModelRequest.Options options) {
        return new ModelRequest.Chat(
                List.of(),
                messages,
                List.of(new ModelRequest.Tool("read", "Reads.", SCHEMA)),
                choice,
                options,
                ModelRequest.Extras.NONE);
    }

    private static Model model(Model.Provider provider, String name) {
        return new Model(
                "m",
                provider,
                URI.create("http://127.0.0.1:1/v1"),
                name,
                Set.of(Model.Purpose.CHAT),
                new Model.Key("secret"),
                List.of(),
                Model.Price.FREE,
                new Model.Limits(
                        null, 4_096, true, 8, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                Model.FillIn.CHAT,
                true);
    }
}
