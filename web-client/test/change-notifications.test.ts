import type { ChangeSetInfo, ChangeSetInfoState } from '@qide/client';
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ChangeNotifications, type OpenNotification } from '../src/chat/workbench/change-notifications.js';

/** What the server reported of changes. */
class Changes {
  all: ChangeSetInfo[] = [];
  private readonly listeners: (() => void)[] = [];

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  report(changeSet: string, ...states: ChangeSetInfoState[]): void {
    const hunks = states.map((state, number) => ({ number, state, line: 0, before: '', after: '' }));
    this.all = [...this.all.filter((one) => one.changeSet !== changeSet), { changeSet, path: 'a.py', agent: 'model', hunks }];
    for (const listener of this.listeners) listener();
  }

  /** The server has forgotten all, for instance after a restart. */
  forget(): void {
    this.all = [];
    for (const listener of this.listeners) listener();
  }
}

class Notification implements OpenNotification {
  isOpen = true;
  private readonly listeners: (() => void)[] = [];

  onDidClose(listener: () => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    assert.ok(this.isOpen);
    this.isOpen = false;
    for (const listener of this.listeners) listener();
  }
}

describe('the notification of a proposed change', () => {
  let changes: Changes;
  let notifications: ChangeNotifications;

  beforeEach(() => {
    changes = new Changes();
    notifications = new ChangeNotifications(changes);
  });

  function shown(changeSet: string): Notification {
    const notification = new Notification();
    notifications.show(changeSet, () => notification);
    return notification;
  }

  it('stays until the last part is decided', () => {
    for (const name of ['first', 'second']) changes.report(name, 'proposed', 'proposed');
    const [first, second] = [shown('first'), shown('second')];
    changes.report('first', 'accepted', 'proposed');
    assert.ok(first.isOpen);
    changes.report('first', 'accepted', 'rejected');
    assert.deepEqual([first.isOpen, second.isOpen], [false, true]);
  });

  it('closes when the server has forgotten the change', () => {
    changes.report('first', 'proposed');
    const first = shown('first');
    changes.forget();
    assert.ok(!first.isOpen);
  });

  it('is not shown for a change that is decided already', () => {
    changes.report('first', 'rejected');
    notifications.show('first', () => assert.fail('it is shown'));
  });

  it('is left alone when the person has closed it', () => {
    changes.report('first', 'proposed');
    const former = shown('first');
    // The workbench closes a notification when it shows another one with the same text.
    notifications.show('first', () => {
      former.close();
      return new Notification();
    });
    shown('first').close();
    changes.report('first', 'accepted');
  });
});
