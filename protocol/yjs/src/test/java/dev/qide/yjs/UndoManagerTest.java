package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Undo as a user sees it: own changes go and come back, those of others stay.
class UndoManagerTest {
    private static final long START = 1_000_000;
    private static final int DEEP = 20_000;

    private final Doc ann = new Doc(Doc.Options.of(1));
    private final Doc bob = new Doc(Doc.Options.of(2));
    private long now = START;

    UndoManagerTest() {
        ann.text("text");
        ann.onUpdate((update, origin) -> {
            if (!"bob".equals(origin)) {
                bob.applyUpdate(update, "ann");
            }
        });
        bob.onUpdate((update, origin) -> {
            if (!"ann".equals(origin)) {
                ann.applyUpdate(update, "bob");
            }
        });
    }

    private UndoManager.Options options() {
        return UndoManager.Options.standard()
                .withCaptureTimeout(Duration.ofMillis(500), () -> Instant.ofEpochMilli(now));
    }

    private UndoManager manager(SharedType... types) {
        return new UndoManager(List.of(types), options());
    }

    private void checkText(String expected) {
        ann.checkInvariants();
        bob.checkInvariants();
        assertThat(ann.text("text").toString()).isEqualTo(expected);
        assertThat(bob.text("text").toString()).isEqualTo(expected);
    }

    @Test
    void undo_takes_back_own_changes_and_leaves_those_of_others() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "one three");
        bob.text("text").insert(4, "two ");
        checkText("one two three");
        assertThat(undo.undo()).isNotNull();
        checkText("two ");
        assertThat(undo.canUndo()).isFalse();
        assertThat(undo.undo()).isNull();
        undo.redo();
        checkText("one two three");
    }

    @Test
    void redo_puts_text_back_among_the_edits_that_others_made_since() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "abcdef");
        undo.stopCapturing();
        ann.text("text").delete(2, 2);
        undo.undo();
        checkText("abcdef");
        undo.redo();
        bob.text("text").insert(2, "-");
        bob.text("text").delete(4, 1);
        checkText("ab-e");
        undo.undo();
        checkText("abcd-e");
    }

    @Test
    void changes_within_the_capture_timeout_are_undone_together() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "a");
        now += 499;
        ann.text("text").insert(1, "b");
        now += 500;
        ann.text("text").insert(2, "c");
        undo.stopCapturing();
        ann.text("text").insert(3, "d");
        assertThat(undo.undoItems()).hasSize(3);
        undo.undo();
        checkText("abc");
        undo.undo();
        checkText("ab");
        undo.undo();
        checkText("");
        undo.redo();
        undo.redo();
        undo.redo();
        checkText("abcd");
    }

    @Test
    void only_tracked_origins_are_undone() {
        var undo =
                new UndoManager(
                        List.of(ann.text("text")),
                        options().withTrackedOrigins("editor", Integer.class));
        ann.text("text").insert(0, "a");
        ann.transact("other", _ -> ann.text("text").insert(1, "b"));
        ann.transact("editor", _ -> ann.text("text").insert(2, "c"));
        now += 1_000;
        ann.transact(7, _ -> ann.text("text").insert(3, "d"));
        assertThat(undo.undoItems()).hasSize(2);
        undo.undo();
        undo.undo();
        checkText("ab");
        undo.addTrackedOrigin("other");
        undo.removeTrackedOrigin("editor");
        ann.transact("editor", _ -> ann.text("text").insert(0, "x"));
        assertThat(undo.canUndo()).isFalse();
        ann.transact("other", _ -> ann.text("text").insert(0, "y"));
        assertThat(undo.canUndo()).isTrue();
    }

    @Test
    void changes_outside_the_scope_are_not_undone() {
        var undo = manager(ann.text("text"));
        ann.map("map").set("k", Value.of(1));
        assertThat(undo.canUndo()).isFalse();
        ann.transact(() -> {
            ann.text("text").insert(0, "a");
            ann.map("map").set("k", Value.of(2));
        });
        undo.undo();
        checkText("");
        assertThat(ann.map("map").get("k")).isEqualTo(Value.of(2));
        undo.addToScope(ann.map("map"));
        ann.map("map").set("k", Value.of(3));
        undo.undo();
        assertThat(ann.map("map").get("k")).isEqualTo(Value.of(2));
        assertThatThrownBy(() -> undo.addToScope(bob.map("map")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_deleted_type_comes_back_with_everything_inside() {
        var undo = manager(ann.array("list"));
        var inner = new YMap(Map.of("text", new YText("hello")));
        ann.array("list").push(Value.of(1), inner, Value.of(2));
        undo.stopCapturing();
        ann.array("list").delete(0, 3);
        assertThat(bob.array("list").length()).isZero();
        undo.undo();
        var expected = Value.of(List.of(1, Map.of("text", "hello"), 2));
        assertThat(ann.array("list").toJson()).isEqualTo(expected);
        assertThat(bob.array("list").toJson()).isEqualTo(expected);
        ann.checkInvariants();
    }

    @Test
    void undo_does_not_overwrite_the_entry_that_somebody_else_has_set() {
        var undo = manager(ann.map("map"));
        ann.map("map").set("k", Value.of("first"));
        undo.stopCapturing();
        ann.map("map").set("k", Value.of("second"));
        bob.map("map").set("k", Value.of("of bob"));
        undo.undo();
        assertThat(ann.map("map").get("k")).isEqualTo(Value.of("of bob"));
    }

    @Test
    void marks_are_undone() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "abcd");
        undo.stopCapturing();
        ann.text("text").format(1, 2, Map.of("bold", Value.of(true)));
        undo.undo();
        assertThat(ann.text("text").toDelta())
                .containsExactly(new Delta.InsertText("abcd", Map.of()));
        undo.redo();
        assertThat(bob.text("text").toDelta())
                .containsExactly(
                        new Delta.InsertText("a", Map.of()),
                        new Delta.InsertText("bc", Map.of("bold", Value.of(true))),
                        new Delta.InsertText("d", Map.of()));
    }

    @Test
    void a_relative_position_is_in_the_text_that_was_put_back() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "abcdef");
        var position = RelativePosition.of(ann.text("text"), 3, 0);
        undo.stopCapturing();
        ann.text("text").delete(1, 4);
        undo.undo();
        bob.text("text").insert(0, "--");
        assertThat(position.resolve(ann))
                .isEqualTo(new RelativePosition.Resolved(ann.text("text"), 5));
    }

    @Test
    void a_new_change_clears_what_could_be_redone() {
        var undo = manager(ann.text("text"));
        ann.text("text").insert(0, "a");
        undo.undo();
        assertThat(undo.canRedo()).isTrue();
        ann.text("text").insert(0, "b");
        assertThat(undo.canRedo()).isFalse();
        assertThat(undo.redo()).isNull();
        undo.clear();
        assertThat(undo.canUndo()).isFalse();
        checkText("b");
    }

    @Test
    void listeners_get_each_change_of_a_stack() {
        var undo = manager(ann.text("text"));
        var events = new ArrayList<String>();
        undo.onStackChange(event -> {
            if (event.action() == UndoManager.Action.ADDED) {
                event.item().meta().put("number", events.size());
            }
            events.add(event.action() + " " + event.stack() + " " + event.item().meta());
        });
        ann.text("text").insert(0, "a");
        ann.text("text").insert(1, "b");
        undo.undo();
        undo.redo();
        undo.close();
        ann.text("text").insert(0, "c");
        assertThat(events)
                .containsExactly(
                        "ADDED UNDO {number=0}",
                        "UPDATED UNDO {number=0}",
                        "ADDED REDO {number=2}",
                        "POPPED UNDO {number=0}",
                        "ADDED UNDO {number=4}",
                        "POPPED REDO {number=2}");
    }

    @Test
    void deleted_content_is_kept_for_undo_and_freed_when_the_oldest_stack_item_is_dropped() {
        var undo = new UndoManager(List.of(ann.text("text")), options().withMaximumStackItems(2));
        for (int i = 0; i < 4; i++) {
            ann.text("text").insert(0, "word " + i);
            undo.stopCapturing();
            ann.text("text").delete(0, 6);
            undo.stopCapturing();
        }
        assertThat(undo.undoItems()).hasSize(2);
        assertThat(content(ann)).containsExactly("word 3");
        ann.checkInvariants();
        undo.undo();
        checkText("word 3");
        undo.undo();
        assertThat(undo.undo()).isNull();
        checkText("");
        assertThat(content(bob)).isEmpty();
    }

    /// The texts of the deleted items that still have content.
    private static List<String> content(Doc doc) {
        var texts = new ArrayList<String>();
        for (Item item = doc.text("text").branch.start; item != null; item = item.right) {
            if (item.isDeleted() && item.content instanceof TextRun run) {
                texts.add(run.toString());
            }
        }
        return texts;
    }

    @Test
    void types_nested_deeper_than_a_stack_are_undone() {
        var undo = manager(ann.array("list"));
        ann.transact(() -> {
            var array = ann.array("list");
            for (int i = 0; i < DEEP; i++) {
                var inner = new YArray();
                array.push(inner);
                array = inner;
            }
        });
        undo.stopCapturing();
        ann.array("list").delete(0, 1);
        assertThat(undo.undo()).isNotNull();
        int depth = 0;
        for (var array = ann.array("list"); array.length() > 0; depth++) {
            array = (YArray) array.get(0);
        }
        assertThat(depth).isEqualTo(DEEP);
        assertThat(undo.redo()).isNotNull();
        assertThat(ann.array("list").length()).isZero();
    }
}
