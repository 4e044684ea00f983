import { describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { listenForSignals } from '../../src/runtime/signals.ts';

describe('signals', () => {
  it('ask for a stop first and force it after', () => {
    const source = new EventEmitter();
    const handlers = { onStop: jest.fn(), onForce: jest.fn() };
    listenForSignals(source, handlers);
    source.emit('SIGTERM', 'SIGTERM');
    expect(handlers.onStop.mock.calls).toEqual([['SIGTERM']]);
    expect(handlers.onForce).not.toHaveBeenCalled();
    source.emit('SIGINT', 'SIGINT');
    source.emit('SIGTERM', 'SIGTERM');
    expect(handlers.onStop).toHaveBeenCalledTimes(1);
    expect(handlers.onForce.mock.calls).toEqual([['SIGINT'], ['SIGTERM']]);
  });

  it('are left alone again afterwards', () => {
    const source = new EventEmitter();
    const unlisten = listenForSignals(source, { onStop: jest.fn(), onForce: jest.fn() });
    unlisten();
    expect(source.eventNames()).toEqual([]);
  });
});
