import { NOTHING_OURS } from '../../src/domain/crm-copy.ts';
import { vaultDraft } from '../support/vault-draft.ts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import { linkId, type Claim, type Link } from '../../src/domain/link.ts';
import { SEND_MARGIN_MS } from '../../src/delivering/round.ts';
import type { WorkerState } from '../../src/delivering/worker-state.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createDispatchGate } from '../../src/delivering/dispatch-gate.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection, contactBody, wantedMark } from '../support/builders.ts';

const mine = connection();
const scope = scopeOf(mine);
const COVERS = mriVault.limits.callDeadlineMs + SEND_MARGIN_MS;
const draft = vaultDraft(contactBody());

let store: SqliteStateStore;
let now: number;
let stopping: boolean;
let leased: boolean;
let changed: boolean;
beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:' });
  now = 10_000;
  stopping = false;
  leased = true;
  changed = false;
  await store.connections.insert(mine);
  await store.links.markWanted([wantedMark('contact/c1', { scope })]);
});
afterEach(() => store.close());

async function claim(token: string, until: number): Promise<Link> {
  const holder: Claim = { token, epoch: 1, until };
  const [link] = await store.links.claim({ scope, lane: 'live', now, limit: 1, claim: holder });
  if (link === undefined) throw new Error('nothing to claim');
  return link;
}

function gateOf(link: Link) {
  const state = {
    get stopping() {
      return stopping;
    },
    get stale() {
      return changed;
    },
  } as WorkerState;
  const round = { connection: mine, connector: mriVault, leased: () => leased, state };
  return createDispatchGate({ store, clock: { ...systemClock, now: () => now } }, round, link);
}

const held = async (): Promise<Link | undefined> => {
  const id = linkId(scope, 'contact/c1');
  return (await store.links.read([id])).get(id);
};
const change = (over: Partial<Connection>) => store.connections.replace({ ...mine, revision: 2, ...over }, 1);

describe('the last question before a request goes out', () => {
  it('lets it go while nothing has changed, and writes nothing then', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    const before = await held();
    expect(await gate.mayDispatch()).toBeNull();
    expect(await held()).toEqual(before);
    expect(gate.written()).toBeNull();
  });

  it('holds it back once the lease on the budget is gone, also where it goes during the very question', async () => {
    const gate = gateOf(await claim('t', now));
    const asked = gate.mayDispatch();
    leased = false;
    expect(await asked).toBe('LEASE_LOST');
    expect(await gate.mayDispatch()).toBe('LEASE_LOST');
  });

  it('holds it back when the program stops', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    stopping = true;
    expect(await gate.mayDispatch()).toBe('STOPPING');
  });

  it('is asked again after the wait for others, as far as this process knows by itself', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    expect(await gate.mayDispatch()).toBeNull();
    expect(gate.mayStillDispatch()).toBeNull();
    leased = false;
    expect(gate.mayStillDispatch()).toBe('LEASE_LOST');
    changed = true;
    expect(gate.mayStillDispatch()).toBe('CONNECTION_CHANGED');
    stopping = true;
    expect(gate.mayStillDispatch()).toBe('STOPPING');
  });

  it('holds it back where the process stood still since, so that it has no effect when it is taken to have none any more', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    gate.announceCreate({ ...draft, share: NOTHING_OURS });
    expect(await gate.mayDispatch()).toBeNull();
    now += SEND_MARGIN_MS / 2;
    expect(gate.mayStillDispatch()).toBeNull();
    now += 1;
    expect(gate.mayStillDispatch()).toBe('CLAIM_EXPIRED');
    expect(await gate.mayDispatch()).toBeNull();
    expect(gate.mayStillDispatch()).toBeNull();
  });

  it.each<[string, Partial<Connection>]>([
    ['paused', { status: 'paused', epoch: 2 }],
    ['disconnected', { status: 'disconnected' }],
    ['waiting for new credentials', { status: 'needs_reauth' }],
    ['connected anew', { epoch: 2 }],
  ])('holds it back when the connection is %s meanwhile', async (_what, over) => {
    const gate = gateOf(await claim('t', now + COVERS));
    gate.announceCreate({ ...draft, share: NOTHING_OURS });
    await change(over);
    expect(await gate.mayDispatch()).toBe('CONNECTION_CHANGED');
    expect((await held())?.intent).toBeNull();
  });

  it('keeps the claim past the end of the request, and holds it back where that fails', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    now += 5_000;
    expect(await gate.mayDispatch()).toBeNull();
    expect((await held())?.claim?.until).toBe(now + COVERS);
    now += 60_000;
    await claim('another', now + COVERS);
    expect(await gate.mayDispatch()).toBe('CLAIM_EXPIRED');
  });

  it('writes down what a create sends before it goes out', async () => {
    const gate = gateOf(await claim('t', now + COVERS));
    gate.announceCreate({ ...draft, share: NOTHING_OURS });
    expect(await gate.mayDispatch()).toBeNull();
    expect((await held())?.intent).toEqual(gate.written());
    expect(gate.written()).toEqual({
      keyValue: { email: 'ada@example.test' },
      keyHash: draft.keys[0]?.hash,
      bodyHash: draft.hash,
      share: NOTHING_OURS,
      fieldNames: Object.keys(draft.fields),
      sentAt: now,
      sentUntil: now + COVERS,
    });
  });

  it('holds a create back whose claim is another’s by now, and leaves no intent behind', async () => {
    const gate = gateOf(await claim('t', now + 10 * COVERS));
    gate.announceCreate({ ...draft, share: NOTHING_OURS });
    await store.links.claim({
      scope,
      lane: 'live',
      now,
      limit: 1,
      claim: { token: 'another', epoch: 2, until: now + COVERS },
    });
    expect(await gate.mayDispatch()).toBe('CLAIM_EXPIRED');
    expect((await held())?.intent).toBeNull();
    expect(gate.written()).toBeNull();
  });
});
