// lib0's primitive encodings, as far as frames need them.
export function varUint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(128 | value % 128);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

export const varBytes = (bytes) => join(varUint(bytes.length), bytes);

export const varString = (text) => varBytes(Buffer.from(text));

export function join(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
