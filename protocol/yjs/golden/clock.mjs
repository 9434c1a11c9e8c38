// A clock that a test sets. lib0 takes `Date.now` when it is loaded, so this comes before every import of yjs.
export const clock = { now: 1_000_000 }
Date.now = () => clock.now
