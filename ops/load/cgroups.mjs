// Control groups of Linux that bound the processor time of programs (version 1 of the interface, as root).
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup/cpu';
const PERIOD_MICROSECONDS = 20_000;
/** The most that the kernel allows: other programs of the machine get what these leave. */
const SHARES = 262_144;

/** The group in which this process is when it starts. */
const OWN = (() => {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((one) => /^\d+:([^:]*,)?cpu[,:]/.test(one));
  return line && existsSync(ROOT) ? join(ROOT, line.split(':')[2]) : null;
})();

/** Those that exist, for an end by a signal. */
const groups = new Set();
process.once('exit', () => {
  for (const group of groups) {
    try {
      group.remove();
    } catch (failure) {
      console.error(`Remove ${group.path}: ${failure.message}`);
    }
  }
});

export class ControlGroup {
  /** A new group below that of this process. */
  constructor(name) {
    if (!OWN) throw new Error(`There is no ${ROOT}: this needs control groups of version 1.`);
    this.path = join(OWN, `${name}-${process.pid}`);
    try {
      mkdirSync(this.path);
    } catch (cause) {
      throw new Error(`Cannot create ${this.path}: run this as root.`, { cause });
    }
    groups.add(this);
    this.#set('cpu.cfs_period_us', PERIOD_MICROSECONDS);
    this.#set('cpu.shares', SHARES);
  }

  add(pid) {
    this.#set('cgroup.procs', pid);
  }

  /** @param cores how much of a core its processes get together; Infinity for no bound */
  bound(cores) {
    this.#set('cpu.cfs_quota_us', Number.isFinite(cores) ? Math.round(cores * PERIOD_MICROSECONDS) : -1);
  }

  /** How often its processes wanted more than they got: periods, and those in which they had to wait. */
  periods() {
    const stat = readFileSync(join(this.path, 'cpu.stat'), 'utf8');
    const of = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)[1]);
    return { all: of('nr_periods'), throttled: of('nr_throttled') };
  }

  /** Removes the group, whose programs have ended; this process goes back to where it was. */
  remove() {
    groups.delete(this);
    if (readFileSync(join(this.path, 'cgroup.procs'), 'utf8').split('\n').includes(String(process.pid))) {
      writeFileSync(join(OWN, 'cgroup.procs'), String(process.pid));
    }
    rmdirSync(this.path);
  }

  #set(file, value) {
    writeFileSync(join(this.path, file), String(value));
  }
}
