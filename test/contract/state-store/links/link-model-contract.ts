import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Scope } from '../../../../src/domain/connection.ts';
import { LANES, linkId, type Link } from '../../../../src/domain/link.ts';
import type { LinkStore, LookMark, Settlement } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE, lookMark, wantedMark } from '../../../support/builders.ts';
import { HISTORY_KEYS, linkHistory, type LinkCommand } from './link-commands.ts';
import * as model from './link-model.ts';
import { claimOf } from './link-steps.ts';

/** Random histories of ingest, workers of two epochs and people: the store ends every step where the model does. */
export function linkModelContract(store: () => StateStore): void {
  it('ends every step of any history where the model does', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(linkHistory, async (commands) => {
        histories += 1;
        const history = beginHistory(store().links, `${SCOPE}-m${String(histories)}`);
        for (const command of commands) {
          await history.step(command);
          await history.compare();
        }
      }),
      { numRuns: 80 },
    );
  });
}

interface History {
  step(command: LinkCommand): Promise<void>;
  compare(): Promise<void>;
}

function beginHistory(links: LinkStore, scope: Scope): History {
  const expected: model.LinkModel = new Map();
  /** What workers hold or held, as they saw it: older ones are claims long lost. */
  const held: Link[] = [];
  let now = 1_000;
  let tokens = 0;
  const heldAt = (back: number): Link | undefined => held[held.length - 1 - back];
  const ids = HISTORY_KEYS.map((key) => linkId(scope, key));

  const claim = async (command: Extract<LinkCommand, { do: 'claim' }>): Promise<void> => {
    tokens += 1;
    const wanted = claimOf({ token: `t-${String(tokens)}`, epoch: command.epoch, until: now + command.for });
    const claimed = await links.claim({
      scope,
      lane: command.lane,
      now,
      limit: command.limit,
      claim: wanted,
    });
    const could = [...expected.values()].filter(
      (link) =>
        (command.lane === null || link.lane === command.lane) && model.claimable(link, now, command.epoch),
    );
    expect(claimed).toHaveLength(Math.min(command.limit, could.length));
    const chosen = claimed.map((link) => link.id);
    const rank = ({ lane, nextAt }: Link): number => LANES.indexOf(lane) * 1e6 + (nextAt as number);
    const left = could.filter((link) => !chosen.includes(link.id)).map(rank);
    for (const link of claimed) {
      expect(could.map((each) => each.id)).toContain(link.id);
      for (const later of left) expect(rank(link)).toBeLessThanOrEqual(later);
      expect(link).toEqual(model.modelClaim(expected, link.id, wanted));
    }
    held.push(...claimed);
  };

  const settle = async (command: Extract<LinkCommand, { do: 'settle' }>): Promise<void> => {
    const link = heldAt(command.held);
    if (link?.claim == null) return;
    const { wanted, marks } = link;
    const settlement: Settlement = {
      id: link.id,
      token: link.claim.token,
      seen: { wanted, marks },
      patch: command.patch,
      next: command.next,
    };
    expect(await links.settle(settlement)).toBe(model.modelSettle(expected, settlement));
  };

  const hold = async (
    command: Extract<LinkCommand, { do: 'extend' | 'beginCreate' | 'noteCopy' }>,
  ): Promise<void> => {
    const link = heldAt(command.held);
    if (link?.claim == null) return;
    const { id, claim: mine } = link;
    if (command.do === 'extend') {
      const until = now + command.for;
      expect(await links.extendClaim(id, mine.token, until)).toBe(
        model.modelExtend(expected, id, mine.token, until),
      );
    } else if (command.do === 'noteCopy') {
      expect(await links.noteCopy(id, mine.token, command.copy)).toBe(
        model.modelNoteCopy(expected, id, mine.token, command.copy),
      );
    } else {
      expect(await links.beginCreate(id, mine.token, command.intent)).toBe(
        model.modelBeginCreate(expected, id, mine.token, command.intent),
      );
    }
  };

  const mark = async (command: Extract<LinkCommand, { do: 'want' | 'look' | 'wake' }>): Promise<void> => {
    if (command.do === 'want') {
      const wanted = wantedMark(command.key, { scope, wanted: command.wanted, now });
      await links.markWanted([wanted]);
      model.modelWanted(expected, wanted);
    } else if (command.do === 'look') {
      const { key, lane, runId, skipBackOff } = command;
      const run: Partial<LookMark> = runId === undefined ? {} : { runId };
      const look = lookMark(key, { scope, lane, skipBackOff, now, ...run });
      await links.markLook([look]);
      model.modelLook(expected, look);
    } else {
      await links.wake([linkId(scope, command.key)], now);
      model.modelWake(expected, linkId(scope, command.key), now);
    }
  };

  const tellOrTryAgain = async (
    command: Extract<LinkCommand, { do: 'wakeDead' | 'clearUntold' }>,
  ): Promise<void> => {
    const id = linkId(scope, command.key);
    if (command.do === 'wakeDead') {
      const { mostReplays } = command;
      expect(await links.wakeDead([id], now, mostReplays)).toBe(
        model.modelWakeDead(expected, id, now, mostReplays),
      );
    } else {
      await links.clearUntold(id, command.failedAt);
      model.modelClearUntold(expected, id, command.failedAt);
    }
  };

  const drop = async (
    command: Extract<LinkCommand, { do: 'dropWork' | 'dropRun' | 'recordLost' }>,
  ): Promise<void> => {
    if (command.do === 'dropWork') {
      await links.dropWork(scope);
      model.modelDropWork(expected);
    } else if (command.do === 'recordLost') {
      const id = linkId(scope, command.key);
      expect(await links.recordLost(id, command.remote)).toBe(
        model.modelRecordLost(expected, id, command.remote),
      );
    } else {
      const runId = command.runId;
      await links.dropRun(runId);
      model.modelDropRun(expected, runId);
    }
  };

  const copies = async (
    command: Extract<LinkCommand, { do: 'passOurs' | 'clearShadows' | 'clearCopies' | 'noteTouched' }>,
  ): Promise<void> => {
    const id = linkId(scope, command.key);
    if (command.do === 'passOurs') {
      const { copy } = command;
      await links.passOurs(id, copy);
      model.modelUnheld(expected, id, () => ({ copy }));
    } else if (command.do === 'noteTouched') {
      const { at } = command;
      await links.noteTouched([id], at);
      model.modelUnheld(expected, id, ({ touchedAt }) => ({ touchedAt: Math.max(touchedAt ?? 0, at) }));
    } else {
      await links[command.do]([id]);
      const copy = command.do === 'clearCopies' ? { copy: null } : {};
      model.modelUnheld(expected, id, () => ({ shadow: null, ...copy }));
    }
  };

  return {
    async step(command) {
      if (command.do === 'pass') now += command.ms;
      else if (command.do === 'claim') await claim(command);
      else if (command.do === 'settle') await settle(command);
      else if (command.do === 'extend' || command.do === 'beginCreate' || command.do === 'noteCopy')
        await hold(command);
      else if (command.do === 'wakeDead' || command.do === 'clearUntold') await tellOrTryAgain(command);
      else if (command.do === 'dropWork' || command.do === 'dropRun' || command.do === 'recordLost')
        await drop(command);
      else if (command.do === 'want' || command.do === 'look' || command.do === 'wake') await mark(command);
      else await copies(command);
    },
    async compare() {
      expect(await links.read(ids)).toEqual(expected);
      const untold = [...expected.values()].filter((link) => link.untold).map((link) => link.id);
      expect((await links.untoldDead(scope, 10)).map((link) => link.id).sort()).toEqual(untold.sort());
      // A claim of an epoch below every other's is taken over by time alone.
      const due = [...expected.values()].some((link) => model.claimable(link, now, 0));
      expect((await links.dueScopes(now, 10_000)).includes(scope)).toBe(due);
    },
  };
}
