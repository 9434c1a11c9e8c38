package dev.qide.server.oct;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The details that an editor gives of itself when it connects.
///
/// @param publicKey for which others encrypt, in Base64
/// @param compression the names of the compressions that it reads
public record ClientDetails(String publicKey, List<String> compression) {
    private static final int KEY_CHARACTERS = 2_048;
    private static final int COMPRESSIONS = 8;
    private static final int COMPRESSION_CHARACTERS = 32;

    public ClientDetails {
        compression = List.copyOf(compression);
    }

    /// The values of the headers `x-oct-public-key` and `x-oct-compression`.
    ///
    /// @throws OctException `REQUEST_MALFORMED`
    public static ClientDetails of(@Nullable String publicKey, @Nullable String compression) {
        var names =
                compression == null
                        ? List.of("none")
                        : Arrays.stream(compression.split(",", -1)).map(String::strip).toList();
        boolean areNamesLegal =
                names.size() <= COMPRESSIONS
                        && names.stream().allMatch(it -> it.length() <= COMPRESSION_CHARACTERS);
        if (publicKey == null
                || publicKey.isEmpty()
                || publicKey.length() > KEY_CHARACTERS
                || !areNamesLegal) {
            throw new OctException(OctFailure.REQUEST_MALFORMED);
        }
        return new ClientDetails(publicKey, names);
    }
}
