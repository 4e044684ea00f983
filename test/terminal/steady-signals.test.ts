import { EventEmitter } from 'node:events';
import { expect, it, jest } from '@jest/globals';
import { steadySignals } from '../../src/terminal/steady-signals.ts';
import { listenForSignals, type StopSignal } from '../../src/runtime/signals.ts';

function setUp() {
  const source = new EventEmitter();
  let now = 0;
  const onStop = jest.fn<(signal: StopSignal) => void>();
  const onForce = jest.fn<(signal: StopSignal) => void>();
  const unlisten = listenForSignals(steadySignals(source, { monotonic: () => now }), { onStop, onForce });
  const press = (at: number) => {
    now = at;
    source.emit('SIGINT', 'SIGINT');
  };
  return { source, press, onStop, onForce, unlisten };
}

it('takes the echo of one Ctrl-C for the same one', () => {
  const { press, onStop, onForce } = setUp();
  press(1_000);
  press(1_003);
  press(1_040);
  expect(onStop).toHaveBeenCalledTimes(1);
  expect(onForce).not.toHaveBeenCalled();
});

it('takes a second Ctrl-C for a wish to end at once', () => {
  const { press, onForce } = setUp();
  press(1_000);
  press(1_400);
  expect(onForce).toHaveBeenCalledTimes(1);
});

it('stops listening', () => {
  const { source, unlisten } = setUp();
  unlisten();
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
});
