package dev.qide.server.transport.tls;

import dev.qide.server.transport.ChannelReader;
import dev.qide.server.transport.PlainReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS on one connection: decrypts what the peer sends, and encrypts what is sent to it.
///
/// A buffer for a record has 16 KiB and more, so none belongs to a connection: ciphertext is held
/// only until its record is complete, plaintext only until it is returned, and a record to send is
/// made in one of the [RecordBuffers] that all connections share.
///
/// The connection's thread reads, and with the first read makes the handshake; any thread writes
/// after that. Renegotiation (TLS 1.2) is refused, as RFC 9325 recommends: no client of today needs
/// it, and it would make writers wait for the reader.
public final class TlsLayer implements ChannelReader {
    private static final String RENEGOTIATING = "TLSv1.2";
    private static final int HEADER_BYTES = 5;
    private static final int MAJOR_VERSION = 3;

    /// The types of content, from change_cipher_spec to heartbeat.
    private static final int FIRST_TYPE = 20;

    private static final int LAST_TYPE = 24;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final RecordBuffers buffers;
    private final PlainReader input;
    private final ReentrantLock writing = new ReentrantLock();

    /// Ciphertext that was not decrypted yet.
    private ByteBuffer received = NOTHING;

    private boolean isEnded;
    private boolean isEstablished;

    TlsLayer(SocketChannel channel, SSLEngine engine, RecordBuffers buffers) {
        this.channel = channel;
        this.engine = engine;
        this.buffers = buffers;
        input = new PlainReader(channel);
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        while (!isEnded) {
            if (received.remaining() >= recordBytes()) {
                var bytes = decrypt();
                if (bytes.length > 0) {
                    return bytes;
                }
            } else if (!receive()) {
                return null;
            }
        }
        return null;
    }

    /// The length of the record at the head of the ciphertext (RFC 8446, section 5.1), or of its
    /// header while that is not here. The engine refuses what is no record, without the rest of it.
    private int recordBytes() {
        if (received.remaining() < HEADER_BYTES) {
            return HEADER_BYTES;
        }
        int at = received.position();
        int type = received.get(at);
        int length = received.getShort(at + HEADER_BYTES - 2) & 0xffff;
        boolean isRecord =
                type >= FIRST_TYPE
                        && type <= LAST_TYPE
                        && received.get(at + 1) == MAJOR_VERSION
                        && HEADER_BYTES + length <= packetBytes();
        return isRecord ? HEADER_BYTES + length : HEADER_BYTES;
    }

    /// Waits for more ciphertext; false when the peer has ended its side.
    private boolean receive() throws IOException {
        var more = input.next();
        if (more == null) {
            return false;
        }
        if (!received.hasRemaining()) {
            received = ByteBuffer.wrap(more);
            return true;
        }
        int end = received.limit() + more.length;
        if (end > received.capacity()) {
            // Space for the whole record, so that small parts of it are not copied again and again.
            int bytes = Math.max(recordBytes(), received.remaining()) + PlainReader.READ_BYTES;
            received = ByteBuffer.allocate(bytes).put(received).flip();
            end = received.limit() + more.length;
        }
        int from = received.limit();
        received.limit(end).put(from, more);
        return true;
    }

    /// Decrypts one record; empty if it has no plaintext.
    private byte[] decrypt() throws IOException {
        var plain = ByteBuffer.allocate(recordBytes());
        var status = engine.unwrap(received, plain).getStatus();
        if (status == Status.BUFFER_UNDERFLOW || status == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record is malformed");
        }
        isEnded = status == Status.CLOSED;
        proceed();
        if (!received.hasRemaining()) {
            received = NOTHING;
        }
        return Arrays.copyOf(plain.array(), plain.position());
    }

    private int packetBytes() {
        return engine.getSession().getPacketBufferSize();
    }

    /// Takes this side's steps of a handshake, until the peer must take one.
    private void proceed() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> {
                    if (!sendOwn()) {
                        return;
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    return;
                }
                case NOT_HANDSHAKING, FINISHED -> {
                    isEstablished = true;
                    return;
                }
            }
        }
    }

    private void runTasks() throws SSLException {
        if (isEstablished && engine.getSession().getProtocol().equals(RENEGOTIATING)) {
            throw new SSLException("the client wants to renegotiate");
        }
        for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /// Sends what the engine itself has to send.
    ///
    /// @return false if that was nothing
    private boolean sendOwn() throws IOException {
        writing.lock();
        try {
            return send(NOTHING).bytesProduced() > 0;
        } finally {
            writing.unlock();
        }
    }

    /// Sends bytes; blocks until the kernel has all of them.
    public void write(byte[] bytes, int from, int length) throws IOException {
        var plain = ByteBuffer.wrap(bytes, from, length);
        writing.lock();
        try {
            while (plain.hasRemaining()) {
                var result = send(plain);
                if (result.bytesConsumed() + result.bytesProduced() == 0) {
                    throw new SSLException("nothing can be sent any more");
                }
            }
        } finally {
            writing.unlock();
        }
    }

    /// Sends one record. Called with the lock.
    private SSLEngineResult send(ByteBuffer plain) throws IOException {
        var record = buffers.take(packetBytes());
        try {
            var result = engine.wrap(plain, record);
            record.flip();
            while (record.hasRemaining()) {
                channel.write(record);
            }
            return result;
        } finally {
            buffers.giveBack(record);
        }
    }

    /// Sends a close_notify, and what was to be sent before it, as an alert.
    public void endOutput() throws IOException {
        writing.lock();
        try {
            engine.closeOutbound();
            while (!engine.isOutboundDone() && send(NOTHING).bytesProduced() > 0) {
                // An alert and the close_notify are records of their own.
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            endOutput();
        } finally {
            input.close();
        }
    }
}
