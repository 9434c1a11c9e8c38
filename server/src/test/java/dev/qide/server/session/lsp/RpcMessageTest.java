package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RpcMessageTest {
    @Test
    void a_request_keeps_its_id_as_it_was_written() {
        assertThat(
                        read(
                                "{'jsonrpc':'2.0','id':7,'method':'textDocument/hover','params':{'textDocument':{'uri':'file:///a'}}}"))
                .isEqualTo(new RpcMessage.Request("7", "textDocument/hover", target("file:///a")));
        assertThat(read("{'id':'x\\\"y','method':'m','jsonrpc':'2.0'}"))
                .isEqualTo(new RpcMessage.Request("\"x\\\"y\"", "m", RpcMessage.Target.NONE));
        assertThat(read("{'jsonrpc':'2.0','id':1.50,'method':'m'}"))
                .isEqualTo(new RpcMessage.Request("1.50", "m", RpcMessage.Target.NONE));
    }

    @Test
    void a_cancellation_names_the_request() {
        assertThat(read("{'jsonrpc':'2.0','method':'$/cancelRequest','params':{'id':'a'}}"))
                .isEqualTo(
                        new RpcMessage.Notification(
                                "$/cancelRequest",
                                new RpcMessage.Target(null, null, "\"a\"", null, null, null)));
    }

    @Test
    void names_that_no_editor_uses_are_refused_with_the_requests_id() {
        var uri = "u".repeat(20_000);
        var document = ",'params':{'textDocument':{'uri':'" + uri + "'}}}";

        assertThat(read("{'jsonrpc':'2.0','id':7,'method':'m'" + document))
                .isInstanceOfSatisfying(
                        RpcMessage.TooLong.class,
                        refused -> {
                            assertThat(refused.id()).isEqualTo("7");
                            assertThat(refused.isRequest()).isTrue();
                            assertThat(refused.failure().tags()).containsEntry("member", "uri");
                        });
        assertThat(read("{'jsonrpc':'2.0','method':'m'" + document))
                .isInstanceOfSatisfying(
                        RpcMessage.TooLong.class,
                        refused -> assertThat(refused.isRequest()).isFalse());
        assertThat(read("{'jsonrpc':'2.0','id':'" + uri + "','method':'m'}"))
                .isInstanceOfSatisfying(
                        RpcMessage.TooLong.class,
                        refused -> {
                            assertThat(refused.id()).isNull();
                            assertThat(refused.isRequest()).isTrue();
                        });
        assertThat(read("{'jsonrpc':'2.0','id':1,'method':'" + uri + "'}"))
                .isInstanceOf(RpcMessage.TooLong.class);
    }

    @Test
    void members_may_come_in_any_order_and_of_any_type() {
        assertThat(
                        read(
                                "{'params':[1,{'textDocument':3}],'method':'m','jsonrpc':'2.0','extra':{'a':[null]}}"))
                .isEqualTo(new RpcMessage.Notification("m", RpcMessage.Target.NONE));
        assertThat(
                        read(
                                "{'jsonrpc':'2.0','method':'m','params':{'textDocument':{'uri':3},'id':{},'item':null}}"))
                .isEqualTo(new RpcMessage.Notification("m", RpcMessage.Target.NONE));
    }

    @Test
    void an_answer_has_an_id_and_a_result_or_an_error() {
        assertThat(read("{'jsonrpc':'2.0','id':3,'result':null}"))
                .isEqualTo(new RpcMessage.Response("3"));
        assertThat(read("{'jsonrpc':'2.0','id':3,'error':{'code':1,'message':''}}"))
                .isEqualTo(new RpcMessage.Response("3"));
    }

    @Test
    void malformed_json_is_a_parse_error() {
        for (var text :
                new String[] {
                    "", "{", "{'jsonrpc':'2.0','method':'m'}}", "{a:1}", "nul", "{'a':tru}", "[1,"
                }) {
            check(text, Failure.PARSE_ERROR);
        }
    }

    @Test
    void json_that_is_no_message_is_an_invalid_request() {
        for (var text :
                new String[] {
                    "[]",
                    "[{'jsonrpc':'2.0','method':'m'}]",
                    "3",
                    "null",
                    "{}",
                    "{'jsonrpc':'1.0','method':'m'}",
                    "{'jsonrpc':2.0,'method':'m'}",
                    "{'jsonrpc':'2.0','id':{},'method':'m'}",
                    "{'jsonrpc':'2.0','id':true,'method':'m'}",
                    "{'jsonrpc':'2.0','method':{}}",
                    "{'jsonrpc':'2.0','id':1}"
                }) {
            check(text, Failure.INVALID_REQUEST);
        }
    }

    /// Go's decoder takes `Method`, and folds the long s and the Kelvin sign as well.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'Method':'b'",
                "'METHOD':'b'",
                "'ID':2",
                "'Params':{}",
                "'param\u017F':{}",
                "'param\\u017f':{}",
                "'Result':1",
                "'Error':{}",
                "'JSONRPC':'2.0'",
                "'method':'b'",
                "'m\\u0065thod':'b'",
                "'id':null",
                "'params':[]"
            })
    void a_member_that_another_reader_may_take_for_one_of_the_message_is_refused(String other) {
        var message = "'jsonrpc':'2.0','id':1,'method':'a','params':{'textDocument':{}}";
        check("{" + message + "," + other + "}", Failure.INVALID_REQUEST);
        check("{" + other + "," + message + "}", Failure.INVALID_REQUEST);
        check("{'jsonrpc':'2.0','id':1,'result':1,'Method':'b'}", Failure.INVALID_REQUEST);
    }

    @Test
    void nesting_without_end_is_refused_and_not_followed() {
        check("{'jsonrpc':'2.0','method':'m','params':" + "[".repeat(200_000), Failure.PARSE_ERROR);
    }

    private static RpcMessage.Target target(String uri) {
        return new RpcMessage.Target(uri, null, null, null, null, null);
    }

    private static RpcMessage read(String text) {
        return RpcMessage.read(text.replace('\'', '"'));
    }

    private static void check(String text, Failure expected) {
        assertThatThrownBy(() -> read(text))
                .as(text)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(expected));
    }
}
