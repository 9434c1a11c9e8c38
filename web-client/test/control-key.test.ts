import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlKey } from '../src/workbench/control-key.js';

describe('ControlKey', () => {
  function key() {
    const states: boolean[] = [];
    return { states, key: new ControlKey((isHeld) => states.push(isHeld)) };
  }

  it('turns the next character into a control character, and no further one', () => {
    for (const [text, control] of [['c', 3], ['C', 3], ['d', 4], ['[', 27], ['\\', 28], ['_', 31], ['@', 0], [' ', 0], ['?', 127]] as const) {
      const { key: held, states } = key();
      held.toggle();
      assert.equal(held.typed(text).charCodeAt(0), control, text);
      assert.equal(held.typed(text), text);
      assert.deepEqual(states, [true, false]);
    }
  });

  it('leaves what has no control character, and is released by it', () => {
    for (const text of ['1', 'é', '😀', 'words', '\r']) {
      const { key: control, states } = key();
      control.toggle();
      assert.equal(control.typed(text), text);
      assert.deepEqual(states, [true, false]);
    }
  });

  it('stays held while the terminal answers a program', () => {
    const { key: control } = key();
    control.toggle();
    assert.equal(control.typed('\u001b[?1;2c'), '\u001b[?1;2c');
    assert.equal(control.typed('c'), '\u0003');
  });

  it('can be taken back', () => {
    const { key: control, states } = key();
    control.toggle();
    control.toggle();
    control.release();
    assert.equal(control.typed('c'), 'c');
    assert.deepEqual(states, [true, false]);
  });
});
