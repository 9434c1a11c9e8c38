package dev.qide.yjs;

/// Converts an update from format v1 to v2: see [UpdateV2Decoder] for the columns. Source:
/// `UpdateEncoderV2` of Yjs. Owned by one thread.
final class UpdateV2Encoder {
    private final StructCursor cursor;
    private final IntDiffOptRleEncoder keyClocks = new IntDiffOptRleEncoder();
    private final UintOptRleEncoder clients = new UintOptRleEncoder();
    private final IntDiffOptRleEncoder leftClocks = new IntDiffOptRleEncoder();
    private final IntDiffOptRleEncoder rightClocks = new IntDiffOptRleEncoder();
    private final RleEncoder infos = new RleEncoder();
    private final StringEncoder strings = new StringEncoder();
    private final RleEncoder parentInfos = new RleEncoder();
    private final UintOptRleEncoder typeRefs = new UintOptRleEncoder();
    private final UintOptRleEncoder lengths = new UintOptRleEncoder();
    private long keys;

    /// The part of the rest that belongs to finished clients, and to the current one.
    private final Lib0Encoder blocks = new Lib0Encoder();

    private final Lib0Encoder block = new Lib0Encoder();
    private long blockCount;
    private long structs;

    private UpdateV2Encoder(StructCursor cursor) {
        this.cursor = cursor;
    }

    /// `convertUpdateFormatV1ToV2` of Yjs.
    static byte[] fromV1(byte[] update) {
        return new UpdateV2Encoder(new StructCursor(update, DecodeLimits.WIDEST)).convert(false);
    }

    /// Converts an update that a document wrote: it keeps the flag of a key on items that have a
    /// neighbour, which Yjs drops when it reads an update.
    static byte[] fromDocument(byte[] update) {
        return new UpdateV2Encoder(new StructCursor(update, DecodeLimits.WIDEST)).convert(true);
    }

    private byte[] convert(boolean keepsKeyFlags) {
        while (cursor.next()) {
            if (cursor.isFirstOfClient) {
                endBlock();
                clients.write(cursor.client);
                block.writeVarUint(cursor.clock);
            }
            writeStruct(keepsKeyFlags);
            structs++;
        }
        endBlock();
        var deletions = cursor.readDeleteSet();
        var update = new Lib0Encoder(cursor.decoder.array().length);
        update.writeVarUint(0);
        for (byte[] column :
                new byte[][] {
                    keyClocks.finish(),
                    clients.finish(),
                    leftClocks.finish(),
                    rightClocks.finish(),
                    infos.finish(),
                    strings.finish(),
                    parentInfos.finish(),
                    typeRefs.finish(),
                    lengths.finish()
                }) {
            update.writeVarBytes(column);
        }
        update.writeVarUint(blockCount);
        blocks.copyTo(update);
        DeleteSetsV2.write(update, deletions);
        return update.toBytes();
    }

    private void endBlock() {
        if (structs > 0) {
            blocks.writeVarUint(structs);
            block.copyTo(blocks);
            block.clear();
            structs = 0;
            blockCount++;
        }
    }

    private void writeStruct(boolean keepsKeyFlags) {
        boolean hasNeighbour = cursor.hasOrigin() || cursor.hasRightOrigin();
        boolean dropsFlag = hasNeighbour && !keepsKeyFlags;
        infos.write(dropsFlag ? cursor.info & ~StructCursor.HAS_PARENT_SUB : cursor.info);
        switch (cursor.kind) {
            case StructCursor.GC -> lengths.write(cursor.length);
            case StructCursor.SKIP -> block.writeVarUint(cursor.length);
            default -> {
                writeNeighbours(hasNeighbour);
                writeContent();
            }
        }
    }

    private void writeNeighbours(boolean hasNeighbour) {
        if (cursor.hasOrigin()) {
            clients.write(cursor.originClient);
            leftClocks.write(cursor.originClock);
        }
        if (cursor.hasRightOrigin()) {
            clients.write(cursor.rightOriginClient);
            rightClocks.write(cursor.rightOriginClock);
        }
        if (hasNeighbour) {
            return;
        }
        String root = cursor.parentRoot;
        String key = cursor.parentSub;
        if (root != null) {
            parentInfos.write(1);
            strings.write(root);
        } else {
            parentInfos.write(0);
            clients.write(cursor.parentClient);
            leftClocks.write(cursor.parentClock);
        }
        if (key != null) {
            strings.write(key);
        }
    }

    private void writeContent() {
        if (cursor.kind == StructCursor.STRING) {
            writeText();
            return;
        }
        switch (ContentReader.read(cursor)) {
            case Content.Deleted _ -> lengths.write(cursor.length);
            case Content.Values content -> {
                lengths.write(cursor.length);
                content.values.forEach(value -> Any.write(block, value));
            }
            case Content.JsonTexts content -> {
                lengths.write(cursor.length);
                content.texts.forEach(strings::write);
            }
            case Content.Binary(var bytes) -> block.writeVarBytes(bytes);
            case Content.Embed(var json) -> Any.write(block, Json.parse(json));
            case Content.Format(var key, _, var value) -> {
                writeKey(key);
                Any.write(block, value);
            }
            case Content.Type(var branch) -> {
                typeRefs.write(branch.kind.ref);
                String name = branch.xmlName;
                if (name != null) {
                    writeKey(name);
                }
            }
            case Content.Document(var subdocument) -> {
                strings.write(subdocument.guid());
                Any.write(block, subdocument.options());
            }
            case TextRun _ -> throw new IllegalStateException("text is copied as bytes");
        }
    }

    private void writeText() {
        byte[] bytes = cursor.decoder.array();
        int from = cursor.contentStart;
        while (bytes[from] < 0) {
            from++;
        }
        strings.write(bytes, from + 1, cursor.contentEnd, cursor.length);
    }

    /// Yjs writes each key in full; only its decoder knows references to earlier keys.
    private void writeKey(String key) {
        keyClocks.write(keys++);
        strings.write(key);
    }
}
