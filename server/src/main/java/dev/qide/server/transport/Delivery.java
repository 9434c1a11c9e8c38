package dev.qide.server.transport;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A message between two servers: one WebSocket frame, and the clients of the receiving server that
/// get it.
///
/// A client is named by the number that its server gave to the forwarded socket (its channel). On
/// the wire: the number of runs of consecutive channels; for each the distance from the end of the
/// previous run and the length; the number of positions; for each the channel and the position;
/// then the frame. All numbers are unsigned LEB128.
///
/// @param channels in ascending order
/// @param positions of the channels whose position has changed since their last delivery
/// @param frame complete, with its head
public record Delivery(List<Integer> channels, List<Position> positions, byte[] frame) {
    /// Bounds what a malformed message may claim.
    private static final int CHANNELS = 100_000;

    private static final int GROUP_BITS = 7;
    private static final int GROUP_MASK = 0x7f;
    private static final int MORE = 0x80;

    /// Where a delivery belongs among the binary frames that the socket's own connection carries.
    ///
    /// @param after the number of those frames that precede it
    public record Position(int channel, long after) {}

    public Delivery {
        channels = List.copyOf(channels);
        positions = List.copyOf(positions);
    }

    /// The message's bytes, as described above.
    public byte[] encode() {
        var out = new ByteArrayOutputStream(frame.length + 2 * channels.size() + 16);
        var runs = runs();
        put(out, runs.size());
        int end = 0;
        for (var run : runs) {
            put(out, run.first - end);
            put(out, run.length);
            end = run.first + run.length;
        }
        put(out, positions.size());
        for (var position : positions) {
            put(out, position.channel);
            put(out, position.after);
        }
        out.writeBytes(frame);
        return out.toByteArray();
    }

    /// @throws IllegalArgumentException when the message is malformed
    public static Delivery decode(byte[] message) {
        var in = new Reader(message);
        var channels = new ArrayList<Integer>();
        long end = 0;
        for (long runs = in.count(); runs > 0; runs--) {
            long first = end + in.next();
            end = first + in.count();
            if (end > Integer.MAX_VALUE || end - first + channels.size() > CHANNELS) {
                throw new IllegalArgumentException("a delivery to too many channels");
            }
            for (long channel = first; channel < end; channel++) {
                channels.add((int) channel);
            }
        }
        var positions = new ArrayList<Position>();
        for (long left = in.count(); left > 0; left--) {
            positions.add(new Position((int) in.next(), in.next()));
        }
        return new Delivery(
                channels, positions, Arrays.copyOfRange(message, in.at, message.length));
    }

    private record Run(int first, int length) {}

    private List<Run> runs() {
        var runs = new ArrayList<Run>();
        for (int channel : channels) {
            var last = runs.isEmpty() ? null : runs.getLast();
            if (last != null && last.first + last.length == channel) {
                runs.set(runs.size() - 1, new Run(last.first, last.length + 1));
            } else {
                runs.add(new Run(channel, 1));
            }
        }
        return runs;
    }

    private static void put(ByteArrayOutputStream out, long number) {
        long left = number;
        while (left > GROUP_MASK) {
            out.write((int) (left & GROUP_MASK) | MORE);
            left >>>= GROUP_BITS;
        }
        out.write((int) left);
    }

    private static final class Reader {
        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        long next() {
            long number = 0;
            for (int shift = 0; shift < Long.SIZE - 1; shift += GROUP_BITS) {
                if (at == bytes.length) {
                    break;
                }
                int group = bytes[at++] & 0xff;
                number |= (long) (group & GROUP_MASK) << shift;
                if (group < MORE) {
                    return number;
                }
            }
            throw new IllegalArgumentException("a malformed number in a delivery");
        }

        long count() {
            long count = next();
            if (count > CHANNELS) {
                throw new IllegalArgumentException("a delivery to too many channels");
            }
            return count;
        }
    }
}
