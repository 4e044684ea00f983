import type { ConnectorKinds } from '../connectors/connector.port.ts';
import type { Json } from '../domain/json.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { SessionFacts } from './crm-sessions.port.ts';
import type { AccountFacts, Desired } from './steps/gather.ts';

/**
 * What the CRM should hold, by what mapping has to know of the account. What it misses in a fact is looked for in that fact once more, and
 * refused after that. A mapping that asks for nothing costs nothing.
 */
export async function informedDesired(
  session: SessionFacts,
  { kinds }: { readonly kinds: ConnectorKinds },
  uninformed: Desired,
  desire: (facts: AccountFacts) => Desired,
): Promise<CallOutcome<Desired>> {
  const body = uninformed.record?.body ?? null;
  const names = body === null ? [] : (kinds[body.kind]?.factsFor?.(body) ?? []);
  if (names.length === 0) return { kind: 'applied', value: uninformed };
  const known = await session.facts(names);
  if (known.kind !== 'applied') return known;
  const desired = desire(known.value);
  const missing = new Set((desired.draft?.refusals ?? []).flatMap(({ missingIn }) => missingIn ?? []));
  if (missing.size === 0) return { kind: 'applied', value: desired };
  const facts = new Map<string, Json>(known.value);
  for (const name of missing) {
    const fact = await session.refreshFact(name);
    if (fact.kind !== 'applied') return fact;
    facts.set(name, fact.value);
  }
  return { kind: 'applied', value: desire(facts) };
}
