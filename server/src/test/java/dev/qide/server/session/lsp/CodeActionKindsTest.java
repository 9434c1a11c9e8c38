package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CodeActionKindsTest {
    private static final CodeActionKinds FIX_ALL =
            new CodeActionKinds(List.of("source.fixAll.eslint"));

    @Test
    void a_save_waits_long_only_for_servers_that_have_started() {
        assertThat(FIX_ALL.auxiliaryWait(true)).isEqualTo(MergedRequests.SOURCE_ACTION_WAIT);
        assertThat(FIX_ALL.auxiliaryWait(false)).isEqualTo(MergedRequests.AUXILIARY_WAIT);
    }

    @Test
    void other_actions_do_not_wait_long() {
        for (var kinds : List.of(List.of("source", "quickfix"), List.of("sources"), List.of(""))) {
            assertThat(new CodeActionKinds(kinds).auxiliaryWait(true))
                    .isEqualTo(MergedRequests.AUXILIARY_WAIT);
        }
    }
}
