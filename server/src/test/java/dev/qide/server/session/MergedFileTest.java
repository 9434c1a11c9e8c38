package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.store.WorkspaceId;
import dev.qide.server.text.ThreeWayMerge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Editors that write one file, without files and sockets: what they have written is never lost.
class MergedFileTest {
    private static final SaveMerger.Key KEY =
            new SaveMerger.Key(new WorkspaceId(new UUID(0, 1)), "a.txt");
    private static final int RUNS = 2_000;
    private static final int STEPS = 80;

    private String onDisk = "one line\n";
    private MergedFile file = new MergedFile(onDisk);

    @Test
    void two_editors_that_write_one_line_are_merged() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        ann.type(4, "ann ");
        bob.type(8, " bob");
        ann.write();
        ann.hearAll();
        bob.write();
        bob.hearAll();

        assertThat(onDisk).isEqualTo("one ann line bob\n");
    }

    @Test
    void an_editor_that_was_overtaken_is_merged() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        ann.type(4, "ann ");
        bob.type(8, " bob");
        ann.write();
        bob.write();
        bob.hearAll();
        ann.hearAll();

        assertThat(onDisk).isEqualTo("one ann line bob\n");
    }

    @Test
    void an_editor_that_has_not_reloaded_a_merge_keeps_it() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        ann.type(4, "ann ");
        ann.write();
        ann.hearAll();
        bob.type(8, " bob");
        bob.write();
        bob.hearAll();
        bob.type(0, "more ");
        bob.write();
        bob.hearAll();

        assertThat(onDisk).isEqualTo("more one ann line bob\n");
    }

    @Test
    void an_editor_that_read_the_file_many_saves_ago_is_merged() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        for (int save = 0; save < 100; save++) {
            bob.type(bob.text.length() - 1, " bob" + save);
            bob.write();
            bob.hearAll();
        }
        ann.type(4, "ann ");
        ann.write();
        ann.hearAll();

        assertThat(onDisk).startsWith("one ann line bob0 bob1 ").endsWith(" bob99\n");
    }

    @Test
    void text_that_an_editor_has_read_can_be_deleted() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        ann.type(4, "ann ");
        ann.write();
        ann.hearAll();
        bob.reload();
        bob.replace("bob's line\n");
        bob.write();
        bob.hearAll();

        assertThat(onDisk).isEqualTo("bob's line\n");
    }

    @Test
    void what_a_tool_has_undone_stays_undone() {
        var ann = new Person("ann");
        var bob = new Person("bob");
        ann.type(4, "ann ");
        ann.write();
        ann.hearAll();
        onDisk = "one line\n";
        bob.type(0, "");
        file.found("somebody's line\n");
        onDisk = "somebody's line\n";
        bob.reload();
        bob.type(0, "bob ");
        bob.write();
        bob.hearAll();

        assertThat(onDisk).isEqualTo("bob somebody's line\n");
    }

    @Test
    void an_editor_whose_file_is_elsewhere_changes_nothing() {
        var ann = new Person("ann");
        var remote = new Person("remote");
        remote.type(0, "remote ");
        remote.says("save");
        remote.hearAll();
        ann.type(4, "ann ");
        ann.write();
        ann.hearAll();
        remote.type(0, "further ");
        remote.says("save");
        remote.hearAll();

        assertThat(onDisk).isEqualTo("one ann line\n");
    }

    @Test
    void an_editor_with_unsaved_changes_at_its_start_is_not_merged() {
        var ann = new Person("ann");
        var late = new Person("late", "one unsaved line\n");
        ann.type(8, " ann");
        ann.write();
        ann.hearAll();
        late.write();
        late.hearAll();

        assertThat(onDisk).isEqualTo("one unsaved line\n");
    }

    @Test
    void nothing_that_was_written_is_lost_in_any_order() {
        for (int seed = 0; seed < RUNS; seed++) {
            onDisk = "first\nsecond\nthird\n";
            file = new MergedFile(onDisk);
            var random = new Random(seed);
            var people = List.of(new Person("a"), new Person("b"), new Person("c"));
            for (int step = 0; step < STEPS; step++) {
                var one = people.get(random.nextInt(people.size()));
                switch (random.nextInt(6)) {
                    case 0, 1 -> one.typeToken(random, step);
                    case 2 -> one.writeIfModified();
                    case 3 -> {
                        // Nobody reads what was written before the server has heard of it.
                        people.forEach(Person::hearAll);
                        one.reload();
                    }
                    default -> one.hear();
                }
            }
            people.forEach(Person::hearAll);
            for (var one : people) {
                for (var token : one.written) {
                    assertThat(onDisk).as("seed %d, %s", seed, one.name).contains(token);
                }
            }
        }
    }

    /// Somebody with an editor. What the editor sends reaches the server later.
    private final class Person {
        private final String name;
        private final Queue<String> sent = new ArrayDeque<>();
        private final List<String> typed = new ArrayList<>();
        private final List<String> written = new ArrayList<>();
        private String text;
        private boolean isModified;
        private OpenFileText copy;

        Person(String name) {
            this(name, onDisk);
        }

        Person(String name, String opened) {
            this.name = name;
            this.text = opened;
            this.copy = opened(opened);
        }

        private OpenFileText opened(String opened) {
            var own = new OpenFileText(KEY, opened);
            file.add(own, onDisk);
            return own;
        }

        void type(int at, String words) {
            replace(text.substring(0, at) + words + text.substring(at));
        }

        /// A character that nobody else types, so that a merge cannot mistake it.
        void typeToken(Random random, int step) {
            var token = String.valueOf((char) ('\u4E00' + step));
            typed.add(token);
            type(random.nextInt(text.length()), token);
        }

        void replace(String now) {
            text = now;
            isModified = true;
            sent.add("change " + now);
        }

        void write() {
            onDisk = text;
            isModified = false;
            written.addAll(typed);
            typed.clear();
            says("save");
        }

        void writeIfModified() {
            if (isModified) {
                write();
            }
        }

        void says(String message) {
            sent.add(message);
        }

        /// A text that is not saved is not given up.
        void reload() {
            if (!isModified) {
                text = onDisk;
                sent.add("open " + text);
            }
        }

        void hearAll() {
            while (!sent.isEmpty()) {
                hear();
            }
        }

        /// The server receives the next message.
        void hear() {
            var message = sent.poll();
            if (message == null) {
                return;
            }
            if (message.startsWith("change ")) {
                copy.change(List.of(new TextDocumentContentChangeEvent(message.substring(7))));
                file.changed(copy);
            } else if (message.startsWith("open ")) {
                var _ = file.remove(copy);
                copy = opened(message.substring(5));
            } else {
                merge(file.saved(copy, onDisk));
            }
        }

        private void merge(MergedFile.@Nullable Merge merge) {
            if (merge == null) {
                return;
            }
            var merged = ThreeWayMerge.merge(merge.base(), merge.before(), merge.written());
            assertThat(file.merged(merge, merged)).isTrue();
            if (onDisk.equals(merge.written()) || onDisk.equals(merge.before())) {
                onDisk = merged;
            }
        }
    }
}
