package dev.qide.server.secrets;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Envelope encryption with AES-256-GCM (NIST SP 800-38D): a random data key encrypts a value, and
/// a key of the [KeyRing] encrypts the data key. Rotating the ring's key re-encrypts the data keys
/// only.
///
/// The additional authenticated data of both is the value's owner and purpose, so a ciphertext that
/// was moved to another owner or purpose does not decrypt. Layout:
///
/// ```
/// version 1 | id length | id | nonce (12) | data key and tag (32 + 16) | nonce (12) | value and
/// tag
/// ```
///
/// Thread-safe.
public final class Envelope {
    /// The maximum size of a value.
    public static final int VALUE_BYTES = 64 << 10;

    private static final byte VERSION = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int WRAPPED_BYTES = NONCE_BYTES + KeyRing.KEY_BYTES + TAG_BYTES;
    private static final int MOST_BYTES = VALUE_BYTES + 256;

    private final KeyRing ring;
    private final SecureRandom random;

    /// The owner of a value and its purpose.
    public record Binding(String owner, String purpose) {
        byte[] bytes() {
            var out = new ByteArrayOutputStream();
            for (var part : new String[] {"qide", owner, purpose}) {
                var bytes = part.getBytes(StandardCharsets.UTF_8);
                out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                out.writeBytes(bytes);
            }
            return out.toByteArray();
        }
    }

    /// The ciphertext is not an envelope, was altered, belongs to another owner or purpose, or
    /// needs a key that is not in the ring. The message is a sentence for the operator.
    public static final class UnsealException extends Exception {
        private static final long serialVersionUID = 1;

        UnsealException(String message) {
            super(message);
        }
    }

    /// The parts of an envelope.
    private record Parts(String keyId, byte[] wrappedKey, byte[] value) {}

    public Envelope(KeyRing ring, SecureRandom random) {
        this.ring = ring;
        this.random = random;
    }

    /// Encrypts a value under the ring's current key.
    ///
    /// @throws IllegalArgumentException when it is larger than [#VALUE_BYTES]
    public byte[] seal(byte[] value, Binding binding) {
        if (value.length > VALUE_BYTES) {
            throw new IllegalArgumentException("a secret has at most " + VALUE_BYTES + " bytes");
        }
        var dataKey = new byte[KeyRing.KEY_BYTES];
        random.nextBytes(dataKey);
        try {
            var current = ring.current();
            return layout(
                    new Parts(
                            current.id(),
                            encrypt(current.value(), dataKey, binding),
                            encrypt(dataKey, value, binding)));
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    /// Decrypts a value.
    ///
    /// @throws UnsealException when it is not an intact envelope of this owner and purpose
    public byte[] open(byte[] sealed, Binding binding) throws UnsealException {
        var parts = parts(sealed);
        return decrypt(dataKey(parts, binding), parts.value(), binding);
    }

    /// Re-encrypts the data key of an envelope under the ring's current key.
    ///
    /// @throws UnsealException see [#open]
    byte[] rewrap(byte[] sealed, Binding binding) throws UnsealException {
        var parts = parts(sealed);
        var current = ring.current();
        if (parts.keyId().equals(current.id())) {
            return sealed;
        }
        var dataKey = dataKey(parts, binding);
        return layout(
                new Parts(current.id(), encrypt(current.value(), dataKey, binding), parts.value()));
    }

    /// The id of the key that decrypts an envelope.
    ///
    /// @throws UnsealException when it is not an envelope
    static String keyId(byte[] sealed) throws UnsealException {
        return parts(sealed).keyId();
    }

    private byte[] dataKey(Parts parts, Binding binding) throws UnsealException {
        var key = ring.find(parts.keyId());
        if (key == null) {
            throw new UnsealException(
                    "The key "
                            + parts.keyId()
                            + " is not in the key ring: restore its line in the file.");
        }
        return decrypt(key.value(), parts.wrappedKey(), binding);
    }

    private static byte[] layout(Parts parts) {
        var id = parts.keyId().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(2 + id.length + parts.wrappedKey().length + parts.value().length)
                .put(VERSION)
                .put((byte) id.length)
                .put(id)
                .put(parts.wrappedKey())
                .put(parts.value())
                .array();
    }

    private static Parts parts(byte[] sealed) throws UnsealException {
        int idBytes = sealed.length < 2 ? 0 : Byte.toUnsignedInt(sealed[1]);
        int valueStart = 2 + idBytes + WRAPPED_BYTES;
        if (sealed.length < valueStart + NONCE_BYTES + TAG_BYTES
                || sealed.length > MOST_BYTES
                || sealed[0] != VERSION) {
            throw new UnsealException("This is not an encrypted secret: store it again.");
        }
        return new Parts(
                new String(sealed, 2, idBytes, StandardCharsets.US_ASCII),
                Arrays.copyOfRange(sealed, 2 + idBytes, valueStart),
                Arrays.copyOfRange(sealed, valueStart, sealed.length));
    }

    /// Encrypts: a new nonce, then the ciphertext and its tag.
    private byte[] encrypt(byte[] key, byte[] value, Binding binding) {
        var nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            var text = cipher(Cipher.ENCRYPT_MODE, key, nonce, binding).doFinal(value);
            return ByteBuffer.allocate(nonce.length + text.length).put(nonce).put(text).array();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] decrypt(byte[] key, byte[] encrypted, Binding binding)
            throws UnsealException {
        var nonce = Arrays.copyOf(encrypted, NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, key, nonce, binding)
                    .doFinal(encrypted, NONCE_BYTES, encrypted.length - NONCE_BYTES);
        } catch (AEADBadTagException _) {
            throw new UnsealException(
                    "An encrypted secret was altered or moved to another owner: store it again.");
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, Binding binding)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                mode,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(binding.bytes());
        return cipher;
    }
}
