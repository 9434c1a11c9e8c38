package dev.qide.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TypeScriptContractTest {
    private static final Path FILE = Path.of("../client/src/wire.ts");

    @Test
    void the_committed_contract_equals_the_generated_one() throws IOException {
        if (System.getProperty("update.snapshots") != null) {
            Files.writeString(FILE, TypeScriptContract.write());
        }

        assertThat(FILE).hasContent(TypeScriptContract.write());
    }
}
