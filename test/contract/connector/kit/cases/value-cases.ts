import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EntityBody, EntityKind } from '../../../../../src/domain/entity.ts';
import type { FieldSharing } from '../../../../../src/domain/mapping.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import { bodiesLike } from '../bodies-like.ts';
import type { RunKindCase } from '../kit-cases.ts';
import { applied, isSame, type KitRun } from '../kit-run.ts';
import { KIT_IDS } from '../kit-subject.ts';
import { told, withRun } from './with-run.ts';

const MOST_BODIES = 12;

/** What a record says, and what of that gets there. */
export const valueCases = {
  unusual_values: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, edge } = run.samples(kind);
      await run.deliver(edge);
      const link = await run.core.link(kind, KIT_IDS[kind]);
      if (link?.dead != null)
        assert.ok(link.dead.fields.length > 0, `no field is named: ${link.dead.detail}`);
      else await run.mustBeDelivered(edge);
      await run.deliver(full);
      await run.mustBeDelivered(full);
    }),

  field_limit: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full, refused } = run.samples(kind);
      assert.ok(refused, `the samples of a ${kind} say nothing that is refused`);
      const before = run.wire.sent.length;
      await run.deliver(refused.body);
      const sent = run.wire.sent.slice(before).filter(({ method }) => method !== 'GET');
      assert.deepEqual(sent, [], 'it was sent all the same');
      const link = await run.core.link(kind, KIT_IDS[kind]);
      assert.ok(link?.dead, await told(run, kind));
      const named = link.dead.fields.map(({ field }) => field);
      assert.ok(named.includes(refused.field), `${refused.field} is none of ${named.join(', ')}`);
      await run.deliver(full);
      await run.mustBeDelivered(full);
    }),

  comes_back: (subject, kind) =>
    withRun(subject, kind, async (run) => {
      const { full } = run.samples(kind);
      let made = 0;
      await mustComeBack(run, kind, full);
      await fc.assert(
        fc.asyncProperty(bodiesLike(full), async (body) => {
          made += 1;
          await mustComeBack(run, kind, ofItsOwn(body, made));
        }),
        { numRuns: MOST_BODIES },
      );
    }),
} satisfies Partial<Record<string, RunKindCase>>;

/** Nobody else's e-mail and phone: a CRM that knows people by those would give back another one. */
function ofItsOwn(body: EntityBody, number: number): EntityBody {
  if (body.kind !== 'contact') return body;
  const phones = [`+64 21 556 ${String(1_000 + number)}`];
  return { kind: 'contact', contact: { ...body.contact, emails: [`kit.${number}@example.test`], phones } };
}

/** By the verbs alone, so that nothing is merged: what is created is read again, field by field. */
async function mustComeBack(
  { definition, draft, http }: KitRun,
  kind: EntityKind,
  body: EntityBody,
): Promise<void> {
  const known = definition.kinds[kind];
  assert.ok(known?.read);
  const { fields, refusals } = await draft(body);
  if (refusals.length > 0) return;
  const { core, others = [] } = known.parts;
  const { id } = applied(await core.create(http, { fields }));
  for (const part of others) {
    if (part.does === 'replaces') {
      applied(await part.write(http, id, { fields, changed: part.fields, held: {} }));
    } else {
      for (const item of textsOf(fields[part.field])) applied(await part.append(http, id, item));
      const listed = part.list === undefined ? null : applied(await part.list(http, id));
      if (listed !== null)
        for (const item of textsOf(fields[part.field]))
          assert.ok(listed.includes(item), `${part.name}: ${item}`);
    }
  }
  const appended = others.flatMap((part) => (part.does === 'appends' ? [part.field] : []));
  const hit = applied(await known.read(http, id));
  for (const [name, sent] of Object.entries(fields)) {
    if (appended.includes(name)) continue;
    const shown = hit.fields[name] ?? null;
    assert.ok(
      comesBack(sent, shown, known.sharings[name]),
      `${name}: ${JSON.stringify(sent)} came back as ${JSON.stringify(shown)}`,
    );
  }
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Of a list of entries each, by what it is known by; of any other value the whole. */
function comesBack(sent: Json, shown: Json, sharing: FieldSharing | undefined): boolean {
  if (typeof sharing !== 'object' || !Array.isArray(sent)) return isSame(sent, shown);
  const { member } = sharing;
  const nameOf = (entry: Json): string => {
    const isObject = member !== null && entry !== null && typeof entry === 'object' && !Array.isArray(entry);
    return isSame(entry, null) ? '' : String(isObject ? (entry as JsonObject)[member] : entry);
  };
  const names = Array.isArray(shown) ? shown.map(nameOf) : [];
  return sent.every((entry: Json) => names.includes(nameOf(entry)));
}
