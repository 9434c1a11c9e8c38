package dev.qide.server.language.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.language.ItemOrigin;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ItemMarkerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    [{'label':'a'}]                       | [{'label':'a','data':{'qide':'css'}}]
                    [{}]                                  | [{'data':{'qide':'css'}}]
                    [{'data':null}]                       | [{'data':{'qide':'css','of':null}}]
                    [{'data':7,'label':'a'}]              | [{'data':{'qide':'css','of':7},'label':'a'}]
                    [{'data':['x',{'data':1}]}]           | [{'data':{'qide':'css','of':['x',{'data':1}]}}]
                    [{'data':{'a':{'data':2}}}]           | [{'data':{'qide':'css','of':{'a':{'data':2}}}}]
                    [{'edit':{'data':'x'}}]               | [{'edit':{'data':'x'},'data':{'qide':'css'}}]
                    {'items':[{'data':'x'},{}]}           | {'items':[{'data':{'qide':'css','of':'x'}},{'data':{'qide':'css'}}]}
                    [{'title':'t','command':'c'}]         | [{'title':'t','command':'c'}]
                    [{'title':'t','command':{'command':'c'}}] | [{'title':'t','command':{'command':'c'},'data':{'qide':'css'}}]
                    null                                  | null
                    'text'                                | 'text'
                    {'isIncomplete':true}                 | {'isIncomplete':true}
                    """)
    void items_say_where_they_come_from(String result, String marked) {
        assertThat(marked(result)).isEqualTo(answer(marked));
    }

    @Test
    void the_language_of_an_item_can_be_removed_again() {
        for (var item :
                new String[] {
                    "{\"label\":\"a\"}", "{\"data\":null}", "{\"data\":[1,{\"data\":2}]}"
                }) {
            var tree =
                    JsonParser.parseString(marked("[" + item + "]"))
                            .getAsJsonObject()
                            .getAsJsonArray("result")
                            .get(0)
                            .getAsJsonObject();
            assertThat(ItemOrigin.of(tree)).isEqualTo("css");
            ItemOrigin.remove(tree);
            assertThat(tree.toString()).isEqualTo(item);
        }
    }

    private static String marked(String result) {
        var view = new RootMap.PathView("/workspace", "/install", List.of());
        return new JsonRewriter(RootMap.toClient(RootUri.ofClient(null), view))
                .answer(answer(result), "1", "css");
    }

    private static String answer(String result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" + result.replace('\'', '"') + "}";
    }
}
