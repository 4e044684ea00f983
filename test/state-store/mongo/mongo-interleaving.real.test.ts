import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Link } from '../../../src/domain/link.ts';
import { openMongoStore, type MongoStateStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { TIMELINE_LENGTH } from '../../../src/domain/timeline.ts';
import { SCOPE, contact, timelineEntry, wantedMark } from '../../support/builders.ts';
import {
  claimLinks,
  claimOf,
  idOf,
  preparedLink,
  readLink,
  settle,
} from '../../contract/state-store/links/link-steps.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { startHoldingProxy, type HoldingProxy } from './holding-proxy.ts';
import { freshDatabaseUrl } from './mongo-fixtures.ts';

const ID = idOf('contact/c-1');

let proxy: HoldingProxy;
/** Sends through the proxy. */
let slow: MongoStateStore;
let quick: MongoStateStore;

beforeEach(async () => {
  const url = freshDatabaseUrl(realTier().mongodbUrl);
  proxy = await startHoldingProxy(url);
  quick = await openMongoStore({ url });
  slow = await openMongoStore({ url: proxy.url });
});

afterEach(async () => {
  await quick.client.db().dropDatabase();
  await Promise.all([quick.close(), slow.close()]);
  await proxy.close();
});

/** Runs `meanwhile` after `call` has sent everything before its next command of this name. */
const between = async <T>(
  command: string,
  call: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> => {
  const held = proxy.hold(command);
  const result = call();
  await held.arrived;
  await meanwhile();
  held.release();
  return result;
};

const slowClaim = (meanwhile: () => Promise<unknown>, over = {}): Promise<Link[]> =>
  between('update', () => claimLinks(slow.links, { claim: { token: 'slow' }, ...over }), meanwhile);

describe('between finding due links and claiming them', () => {
  beforeEach(() => quick.links.markWanted([wantedMark('contact/c-1', { now: 500 })]));

  it('a link that another claims is not claimed', async () => {
    expect(await slowClaim(() => claimLinks(quick.links))).toEqual([]);
    expect((await readLink(quick.links, ID)).claim).toEqual(claimOf());
  });

  it('a link whose old claim another takes over, or that is moved, is not taken over', async () => {
    await claimLinks(quick.links);
    const later = { now: 2_000, claim: { token: 'slow', epoch: 2 } };
    const taken = await slowClaim(
      () => claimLinks(quick.links, { now: 2_000, claim: { token: 'quick', epoch: 2 } }),
      later,
    );
    expect(taken).toEqual([]);
    await quick.links.extendClaim(ID, 'quick', 70_000);
    const passed = { now: 70_000, claim: { token: 'slow', epoch: 2 } };
    const moved = await slowClaim(() => quick.links.extendClaim(ID, 'quick', 90_000), passed);
    expect(moved).toEqual([]);
    expect((await readLink(quick.links, ID)).claim).toMatchObject({ token: 'quick', until: 90_000 });
  });

  it('a link whose old claim ends and that another claims until the same time is not taken over', async () => {
    const [old] = await claimLinks(quick.links);
    if (old === undefined) throw new Error('nothing was claimed');
    const taken = await slowClaim(
      async () => {
        await settle(quick.links, old, { kind: 'keep' });
        await claimLinks(quick.links, { claim: { token: 'quick', epoch: 2 } });
      },
      { claim: { token: 'slow', epoch: 2 } },
    );
    expect(taken).toEqual([]);
    expect((await readLink(quick.links, ID)).claim).toMatchObject({ token: 'quick', epoch: 2 });
  });

  it.each(['rest', 'back_off'] as const)('a link that another settles to %s is left alone', async (kind) => {
    const claimed = await slowClaim(async () => {
      const [held] = await claimLinks(quick.links);
      if (held !== undefined) await settle(quick.links, held, { kind }, { notBefore: 9_000 });
    });
    expect(claimed).toEqual([]);
    expect((await readLink(quick.links, ID)).claim).toBeNull();
  });

  it('a link that a claim of the same token gets is not handed out twice', async () => {
    await quick.links.markWanted([wantedMark('contact/c-2', { now: 600 })]);
    let quickly: Link[] = [];
    const slowly = await slowClaim(
      async () => {
        quickly = await claimLinks(quick.links, { limit: 1 });
      },
      { claim: {} },
    );
    expect(quickly.map((link) => link.key)).toEqual(['contact/c-1']);
    expect(slowly.map((link) => link.key)).toEqual(['contact/c-2']);
  });
});

describe('between writing a record and learning that the write missed', () => {
  it('another write does not make it ours', async () => {
    await quick.records.write([{ record: contact('c-1'), expectedRevision: 0 }]);
    const second = { ...contact('c-1'), revision: 2 };
    const missed = await between(
      'update',
      () => slow.records.write([{ record: { ...second, version: 8 }, expectedRevision: 1 }]),
      () => quick.records.write([{ record: { ...second, version: 9 }, expectedRevision: 1 }]),
    );
    expect(missed).toEqual(['contact/c-1']);
    expect((await quick.records.read(['contact/c-1'])).get('contact/c-1')?.version).toBe(9);
  });
});

describe('work that is dropped while a link is held', () => {
  const heldAndDropped = async (): Promise<Link> => {
    await quick.links.markWanted([wantedMark('contact/c-1', { now: 500 })]);
    const [held] = await claimLinks(quick.links);
    if (held === undefined) throw new Error('nothing was claimed');
    await quick.links.dropWork(SCOPE);
    return held;
  };

  it('is due again where the holder asks for another look', async () => {
    const held = await heldAndDropped();
    expect(await settle(quick.links, held, { kind: 'at', at: 3_000 })).toBe('released');
    expect(await quick.links.dueScopes(3_000, 9)).toEqual([SCOPE]);
    expect((await claimLinks(quick.links, { now: 3_000 })).map((link) => link.id)).toEqual([ID]);
  });

  it.each(['rest', 'back_off', 'keep'] as const)(
    'stays dropped where the holder settles to %s',
    async (kind) => {
      const held = await heldAndDropped();
      expect(await settle(quick.links, held, { kind })).toBe('released');
      const after = await readLink(quick.links, ID);
      expect(after).toMatchObject({
        nextAt: null,
        claim: null,
        lane: kind === 'back_off' ? 'retry' : 'live',
      });
      expect(await quick.links.dueScopes(99_999, 9)).toEqual([]);
    },
  );
});

describe('while a settling is under way', () => {
  it('a newer mark keeps the link due', async () => {
    await quick.links.markWanted([wantedMark('contact/c-1', { now: 500 })]);
    const [held] = await claimLinks(slow.links);
    if (held === undefined) throw new Error('nothing was claimed');
    const settled = await between(
      'update',
      () => settle(slow.links, held, { kind: 'rest' }, { journal: 1 }),
      () => quick.links.markWanted([wantedMark('contact/c-1', { wanted: 2, now: 900 })]),
    );
    expect(settled).toBe('kept');
    expect(await readLink(quick.links, ID)).toMatchObject({
      wanted: 2,
      nextAt: 500,
      journal: 1,
      claim: null,
    });
  });

  it('a remote that the holder unsets is not taken for a stray’s company', async () => {
    await preparedLink(quick.links, 'contact/c-1', {
      remote: { id: 'r-1', version: null, origin: 'created' },
    });
    await quick.links.wake([ID], 500);
    const [held] = await claimLinks(quick.links);
    if (held === undefined) throw new Error('nothing was claimed');
    const learned = await between(
      'update',
      () => slow.links.recordLost(ID, { id: 'r-2', version: null, origin: 'created' }),
      () => settle(quick.links, held, { kind: 'rest' }, { remote: null }),
    );
    expect(learned).toBe('set');
    expect(await readLink(quick.links, ID)).toMatchObject({ remote: { id: 'r-2' }, strays: [] });
  });
});

describe('timeline entries that come late', () => {
  it('do not take the place of newer ones', async () => {
    await quick.timeline.append([timelineEntry(ID, TIMELINE_LENGTH + 5)]);
    await quick.timeline.append([timelineEntry(ID, 5), timelineEntry(ID, 6)]);
    const { items } = await quick.timeline.ofLink(ID, null, 9);
    expect(items.map((entry) => entry.sequence)).toEqual([TIMELINE_LENGTH + 5, 6]);
  });
});
