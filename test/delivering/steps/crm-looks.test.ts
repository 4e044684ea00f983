import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmHttp } from '../../../src/connectors/connector.port.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { createCrmLooks, type CrmLooks, type LooksParts } from '../../../src/delivering/steps/crm-looks.ts';
import type { Scope } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { newLink, type Link } from '../../../src/domain/link.ts';
import type { Failure } from '../../../src/domain/outcome.ts';
import type { LookedAt } from '../../../src/domain/crm-copy.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { crmCopy } from '../../support/builders.ts';

const SCOPE = 'connection-1@1' as Scope;
const PAGE = 100;
const DAY_MS = 86_400_000;

const fieldsOf = (at: number) => ({ email: `c${at}@example.test`, notes: 'Called' });

const linkOf = (at: number): Link => ({
  ...newLink(SCOPE, 'connection-1', 'user-1', recordKey('contact', `c${at}`)),
  remote: { id: String(at), version: null, origin: 'created' },
  copy: crmCopy({ held: fieldsOf(at), heldAt: 1 }),
});

describe('a look at what people changed', () => {
  let clock: VirtualClock;
  let listed: number;
  let edited: ReadonlySet<number>;
  let pages: number;
  let since: number;
  let asked: number[];
  let noted: { ids: readonly string[]; at: number }[];
  let stored: LookedAt | null;
  let looks: CrmLooks;

  const http: CrmHttp = {
    request: ({ query = {} }) => {
      pages += 1;
      since = Date.parse(query['modifiedSince'] ?? '');
      const from = Number(query['cursor'] ?? 0);
      const items = Array.from({ length: Math.min(PAGE, listed - from) }, (_, index) => {
        const at = from + index;
        return { ...fieldsOf(at), id: String(at), ...(edited.has(at) && { notes: 'Called\nSold' }) };
      });
      const nextCursor = from + PAGE < listed ? String(from + PAGE) : null;
      return Promise.resolve({
        kind: 'applied',
        value: { status: 200, headers: {}, body: { items, nextCursor } },
      });
    },
  };
  const store: LooksParts['store'] = {
    links: {
      visitByRemote: (_scope, _kind, ids, visit) => {
        asked.push(ids.length);
        for (const id of ids) visit(linkOf(Number(id)));
        return Promise.resolve();
      },
      noteTouched: (ids, at) => {
        noted.push({ ids, at });
        return Promise.resolve();
      },
    },
    looks: {
      read: () => Promise.resolve(stored),
      write: (_scope, _kind, looked) => {
        stored = looked;
        return Promise.resolve();
      },
    },
  };
  const view = (at: number) => looks.view(linkOf(at));

  const open = async (): Promise<CrmLooks> => {
    const judge = (failure: Failure) => Promise.resolve({ ...failure, whose: 'record' as const });
    const opened = createCrmLooks({ store, clock }, { scope: SCOPE, connector: mriVault, judge });
    await opened.load('contact');
    return opened;
  };

  beforeEach(async () => {
    clock = createVirtualClock();
    [listed, edited, pages, asked, noted, stored] = [0, new Set(), 0, [], [], null];
    looks = await open();
  });

  it('is due a minute after the last one, and where there was none', async () => {
    expect(view(1)?.due).toBe(true);
    expect(await looks.look('contact', http, false)).toBe('made');
    expect(view(1)?.due).toBe(false);
    await clock.advance(60_001);
    expect(view(1)?.due).toBe(true);
    expect(await looks.look('contact', http, false)).toBe('made');
    expect(view(1)?.due).toBe(false);
  });

  it('was made where another process made it', async () => {
    await clock.advance(1);
    await looks.look('contact', http, false);
    looks = await open();
    expect(view(1)?.due).toBe(false);
  });

  it('finds the ones that people changed among all that we wrote ourselves, however much that was', async () => {
    const since = stored?.from;
    [listed, edited] = [15_000, new Set([7, 9_000])];
    await clock.advance(DAY_MS);
    expect(await looks.look('contact', http, false)).toBe('made');
    expect(pages).toBe(150);
    expect(noted).toEqual([7, 9_000].map((at) => ({ ids: [linkOf(at).id], at: clock.now() })));
    // What was known before still counts: nothing else has to be read.
    expect(view(8)).toEqual({ from: since, due: false, touchedAt: null });
    expect(view(7)?.touchedAt).toBe(clock.now());
    expect(stored).toEqual({ from: since, to: clock.now() });
  });

  it('asks the store for a bounded number of links at a time', async () => {
    listed = 1_001;
    await looks.look('contact', http, false);
    expect(Math.max(...asked)).toBeLessThanOrEqual(1_000);
    expect(asked.reduce((sum, some) => sum + some, 0)).toBe(1_001);
  });

  it('knows nothing of before where more was changed than it reads', async () => {
    listed = 30_000;
    await clock.advance(DAY_MS);
    expect(await looks.look('contact', http, false)).toBe('unable');
    // Until it is asked again whatever is written is read first.
    expect(view(1)).toBeNull();
    await clock.advance(600_001);
    expect(view(1)?.from).toBe((stored?.to ?? 0) + 600_000);
  });

  describe('of a CRM whose clock is behind, and which tells it by our own writes alone', () => {
    const BEHIND_MS = 300_000;
    const writtenAt = (at: number, told: number | null): Link => ({
      ...linkOf(1),
      remote: { id: '1', version: told === null ? null : new Date(told).toISOString(), origin: 'created' },
      copy: crmCopy({ held: fieldsOf(1), heldAt: at }),
    });
    const lookedBackMs = async (): Promise<number> => {
      await clock.advance(DAY_MS);
      const to = stored?.to ?? 0;
      await looks.look('contact', http, false);
      return to - since;
    };

    it('goes back as far, also in the next round', async () => {
      await looks.learn(writtenAt(clock.now(), clock.now() - BEHIND_MS));
      expect(await lookedBackMs()).toBe(60_000 + BEHIND_MS);
      looks = await open();
      view(1);
      expect(await lookedBackMs()).toBe(60_000 + BEHIND_MS);
    });

    it('goes back no further than before once its clock was set', async () => {
      await looks.learn(writtenAt(clock.now(), clock.now() - BEHIND_MS));
      await looks.learn(writtenAt(clock.now(), clock.now()));
      looks = await open();
      expect(await lookedBackMs()).toBe(60_000);
    });

    it('believes nothing of a record that is in doubt', async () => {
      await looks.learn(writtenAt(clock.now(), clock.now() - BEHIND_MS));
      await looks.learn({ ...writtenAt(0, clock.now()) });
      looks.view(writtenAt(0, clock.now()));
      expect(await lookedBackMs()).toBe(60_000 + BEHIND_MS);
    });
  });
});
