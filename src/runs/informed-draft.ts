import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection, Scope } from '../domain/connection.ts';
import { isEmptyField } from '../domain/merging/field-marks.ts';
import type { Json } from '../domain/json.ts';
import type { Link } from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import { desiredOf, NO_FACTS, type Desired, type Referenced } from '../delivering/steps/gather.ts';

/** What is at hand of the CRM account, by the names that a mapping asks for; what isn't there was not read yet, or not lately. Calls nobody. */
export type FactsAtHand = (names: readonly string[]) => ReadonlyMap<string, Json>;

/** `informed`: all that its mapping asks of the account is known. */
export type Informed = Desired & { readonly informed: boolean };

/** Whose records are drafted, and when. */
export interface DesiredOffice {
  readonly scope: Scope;
  readonly connection: Connection;
  readonly connector: CrmConnector;
  /** Epoch ms. */
  readonly now: number;
  readonly facts: FactsAtHand;
}

export const NOTHING_AT_HAND: FactsAtHand = () => new Map();

/** What the CRM should hold, by what is at hand of its account. */
export function desire(
  { scope, connection, connector, now, facts: atHand }: DesiredOffice,
  record: ZenaRecord,
  referenced: Referenced,
): Informed {
  const { body } = record;
  const names = body === null ? [] : (connector.kinds[body.kind]?.factsFor?.(body) ?? []);
  const known = atHand(names);
  const informed = names.every((name) => known.has(name));
  const view = { ...referenced, records: new Map([[record.key, record]]) };
  const facts = informed && names.length > 0 ? known : NO_FACTS;
  return { ...desiredOf({ scope, connection, connector }, record.key, view, now, facts), informed };
}

/** Drafted without what mapping has to know of the account: where the same version was sent by the same mapping, it was sent so. */
export function asLastSent(
  desired: Desired,
  { shadow }: Pick<Link, 'shadow'>,
  { mappingVersion }: Pick<CrmConnector, 'mappingVersion'>,
): Desired {
  const { draft, record } = desired;
  if (draft === null || record === null || shadow === null) return desired;
  if (shadow.version !== record.version || shadow.mapping !== mappingVersion) return desired;
  return { ...desired, draft: { ...draft, hash: shadow.hash, fields: shadow.fields } };
}

/** What mapping left empty for want of what it has to know isn't empty for that. */
export function isForeseeable(value: Json | undefined, informed: boolean): boolean {
  return informed || !isEmptyField(value);
}
