package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// One accepted connection: the channel, what the client sends and what is sent to it. Owned by the
/// connection's thread.
public final class ClientConnection {
    private final AcceptedChannel channel;
    private final ConnectionInput input;
    private final OutputStream output = new Output();

    ClientConnection(AcceptedChannel channel, ConnectionInput input) {
        this.channel = channel;
        this.input = input;
    }

    /// The TCP connection.
    public AcceptedChannel channel() {
        return channel;
    }

    /// The bytes that the client sends, decrypted if the connection uses TLS.
    public ConnectionInput input() {
        return input;
    }

    /// Unbuffered; a write blocks until the kernel has taken all of it. Closing it does nothing.
    public OutputStream output() {
        return output;
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            var left = ByteBuffer.wrap(bytes, offset, length);
            while (left.hasRemaining()) {
                channel.write(left);
            }
        }
    }
}
