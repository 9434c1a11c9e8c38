// What an edit inserts: `~` and six base-36 digits, four of its number and two that check them. A
// receiver finds it in the raw bytes of a frame, whatever the frame is: a `~` alone may also be a
// clock of 126, so all six characters count. Updates that were merged hold many tokens, each whole,
// for a server may join or cut the structs of one author only where they were joined before.
export const TOKEN_BYTES = 7;
export const EDITS_MAX = 36 ** 4;
const CHECKS = 36 ** 2;
const TILDE = 126;

const VALUE_OF = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 36; digit++) VALUE_OF[digit.toString(36).charCodeAt(0)] = digit;

const checkOf = (edit) => (edit * 7919 + 31) % CHECKS;

export function token(edit) {
  return '~' + edit.toString(36).padStart(4, '0') + checkOf(edit).toString(36).padStart(2, '0');
}

/** Calls found(edit) for every token in bytes[from, to); what it finds may still be foreign. */
export function scan(bytes, from, to, found) {
  const last = to - TOKEN_BYTES;
  for (let at = from; at <= last; at++) {
    if (bytes[at] !== TILDE) continue;
    let number = 0;
    let digits = 0;
    for (; digits < 6; digits++) {
      const value = VALUE_OF[bytes[at + 1 + digits]];
      if (value < 0) break;
      number = number * 36 + value;
    }
    if (digits < 6) continue;
    const edit = Math.floor(number / CHECKS);
    if (number % CHECKS !== checkOf(edit)) continue;
    found(edit);
    at += TOKEN_BYTES - 1;
  }
}
