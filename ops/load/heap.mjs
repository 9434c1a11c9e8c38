// What is on a server's heap after a full garbage collection, in all and by class, by the JDK's jcmd.
import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const WITHIN_MS = 60_000;
const OUTPUT_BYTES = 64 << 20;
const run = promisify(execFile);

/** The jcmd of the JDK that runs the process. */
async function jcmd(pid, command) {
  const program = join(dirname(readlinkSync(`/proc/${pid}/exe`)), 'jcmd');
  return (await run(program, [String(pid), command], { timeout: WITHIN_MS, maxBuffer: OUTPUT_BYTES })).stdout;
}

/** Bytes of the living objects of each class; jcmd collects all garbage first. */
export async function classesOf(pid) {
  const lines = (await jcmd(pid, 'GC.class_histogram')).matchAll(/^\s*\d+:\s+\d+\s+(\d+)\s+(\S+)/gm);
  const classes = {};
  for (const [, bytes, name] of lines) {
    const title = named(name);
    if (!FILLERS.includes(title)) classes[title] = (classes[title] ?? 0) + Number(bytes);
  }
  return classes;
}

/** Bytes of all of them. The JVM's own figure of what is in use adds garbage that came since, by whole regions. */
export const totalOf = (classes) => Object.values(classes).reduce((sum, bytes) => sum + bytes, 0);

/** What the collector puts into gaps, which it may use again. */
const FILLERS = ['FillerElement[]', 'FillerObject'];
const PRIMITIVES = { B: 'byte', C: 'char', D: 'double', F: 'float', I: 'int', J: 'long', S: 'short', Z: 'boolean' };

/** As in Java: `[B` is byte[]; packages are left out. */
function named(name) {
  const [, dimensions, primitive, type = name] = /^(\[+)(?:([BCDFIJSZ])$|L?([^;]+);?)/.exec(name) ?? [];
  const element = primitive ? PRIMITIVES[primitive] : type.slice(type.lastIndexOf('.') + 1);
  return element + '[]'.repeat(dimensions?.length ?? 0);
}

/** What each of `count` things has added, by class, the most first: [[class, bytes]]. */
export function growth(before, after, count) {
  return Object.entries(after)
    .map(([name, bytes]) => [name, (bytes - (before[name] ?? 0)) / count])
    .filter(([, bytes]) => bytes >= 1)
    .sort(([, a], [, b]) => b - a);
}
