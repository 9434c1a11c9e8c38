package dev.qide.server.ai;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

/// Computes at once, and remembers the sizes.
final class CallingThread implements ComputePool {
    final List<Integer> sizes = new CopyOnWriteArrayList<>();

    @Override
    public <T> T compute(int bytes, Callable<T> work) {
        sizes.add(bytes);
        try {
            return work.call();
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
