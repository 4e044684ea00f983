import { expect, it } from '@jest/globals';
import { faultLine } from '../../src/config/fault-line.ts';

it.each([
  ['PORT is not a number', 'fault: PORT is not a number. Set it.'],
  [
    'The key is not the one that the store holds.',
    'fault: The key is not the one that the store holds. Set it.',
  ],
])('a fault is told in one line, its sentences apart by one stop: %s', (message, line) => {
  expect(faultLine({ message, remedy: 'Set it.' })).toBe(line);
});
