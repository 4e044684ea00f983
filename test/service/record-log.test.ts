import { expect, it } from '@jest/globals';
import type { RecordTrouble } from '../../src/delivering/round.ts';
import { createRecordLog, LINES_A_MINUTE } from '../../src/service/record-log.ts';

it('p4: troubles of records are told by ids and codes, some a minute for each connection, and then by their number', () => {
  let now = 0;
  const lines: [string, object | undefined][] = [];
  const log = createRecordLog(
    { warn: (event, fields) => lines.push([event, fields]) },
    { monotonic: () => now },
  );
  const trouble = (connectionId: string, what: RecordTrouble['what'] = 'failed'): void =>
    log.tell({
      what,
      connectionId,
      provider: 'mri_vault',
      kind: 'contact',
      entityId: 'c-1',
      linkId: 'conn-1.s/contact/c-1',
      code: 'X',
    });
  for (let turn = 0; turn < LINES_A_MINUTE + 7; turn += 1) trouble('one');
  trouble('two', 'refused');
  trouble('two', 'given_up');
  const named = {
    provider: 'mri_vault',
    entity: 'contact',
    entityId: 'c-1',
    linkId: 'conn-1.s/contact/c-1',
    code: 'X',
  };
  expect(lines).toHaveLength(LINES_A_MINUTE + 2);
  expect(lines[0]).toEqual(['record.failed', { connectionId: 'one', ...named }]);
  expect(lines.slice(-2)).toEqual([
    ['record.refused', { connectionId: 'two', ...named }],
    ['record.given_up', { connectionId: 'two', ...named }],
  ]);
  log.flush();
  expect(lines).toHaveLength(LINES_A_MINUTE + 2);
  now = 60_000;
  log.flush();
  log.flush();
  expect(lines.slice(LINES_A_MINUTE + 2)).toEqual([
    ['record.more_troubled', { connectionId: 'one', provider: 'mri_vault', count: 7 }],
  ]);
  trouble('one');
  expect(lines.at(-1)?.[0]).toBe('record.failed');
});
