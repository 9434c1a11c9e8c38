package dev.qide.server.store;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;

/// A server's use of its machine.
///
/// @param heapUsedBytes after the last garbage collection
/// @param heapLimitBytes the most that the heap may have
/// @param cpu the share of the machine's processors that the server used lately, 0 to 1
public record NodeLoad(long heapUsedBytes, long heapLimitBytes, double cpu) {
    /// That of this process now. Takes microseconds.
    static NodeLoad now() {
        long used = 0;
        for (var pool : ManagementFactory.getMemoryPoolMXBeans()) {
            var collected = pool.getCollectionUsage();
            if (pool.getType() == MemoryType.HEAP && collected != null) {
                used += collected.getUsed();
            }
        }
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new NodeLoad(
                used, Runtime.getRuntime().maxMemory(), Math.max(0, system.getProcessCpuLoad()));
    }
}
