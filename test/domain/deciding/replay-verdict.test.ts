import { describe, expect, it } from '@jest/globals';
import { scopeOf, type Connection } from '../../../src/domain/connection.ts';
import { MOST_REPLAYS } from '../../../src/domain/dead-letter.ts';
import { newLink, type DeadLetterMark, type Link } from '../../../src/domain/link.ts';
import {
  replayVerdict,
  type ReplayInput,
  type ReplayVerdict,
} from '../../../src/domain/deciding/replay-verdict.ts';
import { connection, contact } from '../../support/builders.ts';

const mine = connection({ epoch: 3 });
const scope = scopeOf(mine);
const record = contact('c1', { revision: 7 });
const refused: DeadLetterMark = {
  code: 'REFUSED_BY_CRM',
  detail: 'The CRM answered 422.',
  at: 1_000,
  firstAt: 1_000,
  attempts: 1,
  fields: [{ field: 'email', message: 'is no e-mail' }],
  id: 'letter-1',
  revision: 7,
  mapping: 'm1',
  connectionEpoch: 3,
  replays: 0,
};

interface Case {
  readonly dead?: Partial<DeadLetterMark> | null;
  readonly link?: Partial<Link> | null;
  readonly connection?: Partial<Connection> | null;
  readonly mapping?: string | null;
  readonly record?: ReplayInput['record'];
}

function verdictOf({ dead = {}, link = {}, connection: over = {}, mapping = 'm1', ...rest }: Case) {
  const made = newLink(scope, mine.connectionId, mine.owner.id, record.key);
  const mark = dead === null ? null : { ...refused, ...dead };
  const { connectionId } = mine;
  const delivery = { linkId: made.id, scope, connectionId, userId: 'u', provider: 'p', revision: 7 };
  return replayVerdict({
    letter: { id: 'letter-1', kind: 'deliver', replays: 0, delivery: { ...delivery, mapping: 'm1' } },
    link: link === null ? null : { ...made, wanted: 7, dead: mark, ...link },
    record: rest.record === undefined ? record : rest.record,
    connection: over === null ? null : { ...mine, ...over },
    mapping,
  });
}

const again = (crmCalls = 2): ReplayVerdict => ({ do: 'deliver', willFailAgain: true, crmCalls });
const anew = (crmCalls = 2): ReplayVerdict => ({ do: 'deliver', willFailAgain: false, crmCalls });
const superseded: ReplayVerdict = { do: 'superseded' };
const remote = { id: 'crm-1', version: null, origin: 'created' } as const;
const exhausted = { code: 'RETRIES_EXHAUSTED', fields: [] };

describe('what a replay makes of a delivery that was given up', () => {
  it.each<[string, Case, ReplayVerdict]>([
    ['refused, nothing new', {}, again()],
    ['refused without a word on fields', { dead: { fields: [] } }, again()],
    ['refused, a newer revision', { record: { revision: 8 } }, anew()],
    ['refused, another mapping', { mapping: 'm2' }, anew()],
    ['refused, new credentials', { connection: { epoch: 4 } }, anew()],
    ['refused, its record is not there', { record: null }, again()],
    ['refused, its record is not there and more is wanted', { record: null, link: { wanted: 8 } }, anew()],
    ['retried in vain', { dead: exhausted }, anew()],
    ['gone in the CRM again', { dead: { code: 'GONE_AGAIN', fields: [] } }, anew()],
    ['an unanswered create', { dead: { code: 'CREATE_AMBIGUOUS', fields: [] } }, anew()],
    ['a known CRM record takes one call', { dead: exhausted, link: { remote } }, anew(1)],
    ['a paused connection waits', { dead: exhausted, connection: { status: 'paused' } }, anew()],
    ['it is due already', { dead: exhausted, link: { nextAt: 5 } }, anew()],
    ['its link was delivered since', { dead: null }, superseded],
    ['its link failed with something else since', { dead: { id: 'letter-2' } }, superseded],
    ['its link was forgotten', { link: null }, superseded],
    ['its connection is gone', { connection: null }, superseded],
    ['its connection was disconnected', { connection: { status: 'disconnected' } }, superseded],
    ['its connection has another account', { connection: { accountKey: 'https://b.test' } }, superseded],
    ['its connector is not here any more', { mapping: null }, superseded],
    ['replayed too often', { dead: { replays: MOST_REPLAYS } }, { do: 'parked' }],
    ['replayed once less', { dead: { replays: MOST_REPLAYS - 1 } }, again()],
    ['replayed too often, then changed', { dead: { replays: 5 }, record: { revision: 8 } }, anew()],
    ['replayed too often, then mapped anew', { dead: { replays: 5 }, mapping: 'm2' }, anew()],
  ])('%s', (_, input, verdict) => {
    expect(verdictOf(input)).toEqual(verdict);
  });
});

describe('what a replay makes of an event that could not be read', () => {
  it.each<[number, ReplayVerdict]>([
    [0, { do: 'decode' }],
    [MOST_REPLAYS - 1, { do: 'decode' }],
    [MOST_REPLAYS, { do: 'parked' }],
  ])('after %i replays', (replays, verdict) => {
    const letter = { id: 'letter-1', kind: 'decode', replays, delivery: null } as const;
    expect(replayVerdict({ letter, link: null, record: null, connection: null, mapping: null })).toEqual(
      verdict,
    );
  });
});
