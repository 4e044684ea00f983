import { wholeShare } from '../../src/domain/merging/merge-fields.ts';
import type { Scope } from '../../src/domain/connection.ts';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import { draftOf, firstKeyOf } from '../../src/domain/mapping.ts';
import type { Link } from '../../src/domain/link.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import { shadowOf } from '../../src/delivering/steps/delivery.ts';
import { RESTED } from '../../src/delivering/closing.ts';
import type { LinkPatch } from '../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';

type LinkedStore = Pick<StateStore, 'links' | 'records'>;

const A_CLAIM = 500;
const CLAIMED_MS = 60_000;

/** Brings every due link of a scope to rest as if the CRM had taken its record; nothing is sent. How many there were. */
export async function linkAll(store: LinkedStore, scope: Scope, connector: CrmConnector): Promise<number> {
  for (let linked = 0; ;) {
    const now = Date.now();
    const claim = { token: `link-all-${linked}`, epoch: 1, until: now + CLAIMED_MS };
    const links = await store.links.claim({ scope, lane: 'live', now, limit: A_CLAIM, claim });
    if (links.length === 0) return linked;
    const records = await store.records.read(links.map(({ key }) => key));
    await Promise.all(
      links.map((link) =>
        store.links.settle({
          id: link.id,
          token: claim.token,
          seen: { wanted: link.wanted, marks: link.marks },
          patch: takenBy(connector, link, records.get(link.key) ?? null),
          next: { kind: 'rest' },
        }),
      ),
    );
    linked += links.length;
  }
}

function takenBy(connector: CrmConnector, { entityId }: Link, record: ZenaRecord | null): LinkPatch {
  const body = record?.body ?? null;
  const mapping = body === null ? undefined : connector.kinds[body.kind];
  if (body === null || mapping === undefined) return RESTED;
  const draft = draftOf(body, mapping, { resolve: () => null, timeZone: 'UTC' });
  return {
    ...RESTED,
    remote: { id: `made-of-${entityId}`, version: null, origin: 'created' },
    keyHash: firstKeyOf(draft)?.hash ?? null,
    shadow: shadowOf(
      draft,
      { record, references: new Map(), draft, referred: false },
      connector.mappingVersion,
    ),
    copy: {
      held: draft.fields,
      heldAt: Date.now(),
      ours: wholeShare(draft.fields, mapping.sharings),
      before: null,
    },
  };
}
