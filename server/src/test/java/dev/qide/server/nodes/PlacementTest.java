package dev.qide.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.store.NodeLoad;
import dev.qide.server.store.NodeTable.LivingNode;
import dev.qide.server.store.NodeTable.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final UUID SELF = new UUID(0, 1);
    private static final UUID SECOND = new UUID(0, 2);
    private static final UUID THIRD = new UUID(0, 3);
    private static final long GIGABYTE = 1L << 30;

    @Test
    void a_server_alone_takes_everything() {
        assertThat(placement(self(1_000, 1, false)).ofNew()).isNull();
        assertThat(placement(self(1_000, 1, true)).ofNew()).isNull();
        assertThat(placement(self(0, 1, false)).another()).isNull();
    }

    @Test
    void the_server_that_gets_the_request_takes_it_unless_it_has_many_more_than_its_share() {
        assertThat(placement(self(0, 1, false), other(SECOND, 0, 1, false)).ofNew()).isNull();
        assertThat(placement(self(9, 1, false), other(SECOND, 0, 1, false)).ofNew()).isNull();
        assertThat(placement(self(10, 1, false), other(SECOND, 0, 1, false)).ofNew())
                .isEqualTo(SECOND);
        assertThat(placement(self(110, 1, false), other(SECOND, 90, 1, false)).ofNew()).isNull();
        assertThat(placement(self(140, 1, false), other(SECOND, 60, 1, false)).ofNew())
                .isEqualTo(SECOND);
    }

    @Test
    void the_share_is_in_proportion_to_the_heap() {
        assertThat(placement(self(40, 4, false), other(SECOND, 10, 1, false)).ofNew()).isNull();
        assertThat(placement(self(40, 1, false), other(SECOND, 10, 4, false)).ofNew())
                .isEqualTo(SECOND);
        var three =
                placement(
                        self(100, 1, false),
                        other(SECOND, 10, 1, false),
                        other(THIRD, 15, 4, false));
        assertThat(three.ofNew()).isEqualTo(THIRD);
    }

    @Test
    void a_server_that_drains_or_cannot_be_reached_takes_none() {
        assertThat(placement(self(0, 1, true), other(SECOND, 50, 1, false)).ofNew())
                .isEqualTo(SECOND);
        assertThat(placement(self(100, 1, false), other(SECOND, 0, 1, true)).ofNew()).isNull();
        var unreachable = new LivingNode(SECOND, null, false, 0, new NodeLoad(0, GIGABYTE, 0));
        assertThat(placement(self(100, 1, false), unreachable).ofNew()).isNull();
        assertThat(placement(self(1, 1, true), unreachable).hasOthers()).isFalse();
    }

    @Test
    void workspaces_of_one_balancer_spread_over_all_servers() {
        var counts = new int[3];
        for (int workspace = 0; workspace < 300; workspace++) {
            var chosen =
                    placement(
                                    self(counts[0], 1, false),
                                    other(SECOND, counts[1], 1, false),
                                    other(THIRD, counts[2], 1, false))
                            .ofNew();
            counts[chosen == null ? 0 : chosen.equals(SECOND) ? 1 : 2]++;
        }
        assertThat(counts[0]).isBetween(100, 135);
        assertThat(Math.abs(counts[1] - counts[2])).isLessThanOrEqualTo(1);
    }

    private static Placement placement(LivingNode... nodes) {
        return Placement.of(SELF, new ArrayList<>(List.of(nodes)));
    }

    private static LivingNode self(int workspaces, int gigabytes, boolean isDraining) {
        return new LivingNode(
                SELF, null, isDraining, workspaces, new NodeLoad(0, gigabytes * GIGABYTE, 0));
    }

    private static LivingNode other(UUID id, int workspaces, int gigabytes, boolean isDraining) {
        return new LivingNode(
                id,
                new Peer(id, "http://127.0.0.1:1", new byte[32]),
                isDraining,
                workspaces,
                new NodeLoad(0, gigabytes * GIGABYTE, 0));
    }
}
