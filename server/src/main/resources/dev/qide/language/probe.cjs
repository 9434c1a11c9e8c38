// Runs inside the sandbox and says "holds", or what does not. Arguments: a file outside, a port of the host.
const fs = require('node:fs');
const net = require('node:net');

const [canary, port] = process.argv.slice(2);
const names = new Set(['PATH', 'HOME', 'TMPDIR', 'LANG', 'PWD']);
const problems = [];

function mustFail(what, act) {
  try {
    act();
  } catch {
    return;
  }
  problems.push(what);
}

for (const name of Object.keys(process.env)) {
  if (!names.has(name)) problems.push('an environment variable is visible');
}
try {
  for (const entry of fs.readFileSync('/proc/1/environ', 'utf8').split('\0')) {
    if (entry && !names.has(entry.split('=')[0])) problems.push("the launcher's environment is visible");
  }
} catch {
  // Not readable is as good.
}
mustFail('a file of the host is readable', () => fs.readFileSync(canary));
mustFail('kernel settings are writable', () => fs.openSync('/proc/sys/kernel/core_pattern', 'r+'));
mustFail('the workspace is writable', () => fs.writeFileSync(`${process.cwd()}/written`, ''));
mustFail('the root is writable', () => fs.writeFileSync('/written', ''));
mustFail('memory without a bound is writable', () => fs.writeFileSync('/dev/shm/written', ''));
mustFail('memory without a bound is writable', () => fs.writeFileSync('/dev/written', ''));
mustFail('memory without a bound is writable', () => fs.writeFileSync('/proc/sys/written', ''));
const status = fs.readFileSync('/proc/self/status', 'utf8');
if (!/^CapEff:\s*0+$/m.test(status)) problems.push('capabilities are left');

const socket = net.connect(Number(port), '127.0.0.1');
socket.on('connect', () => {
  problems.push('the network is reachable');
  finish();
});
socket.on('error', finish);

function finish() {
  console.log(problems.length === 0 ? 'holds' : problems[0]);
  process.exit(0);
}
