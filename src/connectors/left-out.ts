import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';
import type { FieldSharing } from '../domain/mapping.ts';
import {
  ACCOUNT_CASES,
  COMPANY_CASES,
  KIND_CASES,
  type AccountCase,
  type CompanyCase,
  type ConnectorPage,
  type KindCase,
  type KitCase,
} from './connector-page.ts';
import type { ConnectorKind, CrmConnector } from './connector.port.ts';

/** A case of the kit that a connector isn't held to, and the declared capability that excludes it. */
export interface LeftOut {
  /** Null: of the connector as a whole. */
  readonly kind: EntityKind | null;
  readonly case: KitCase;
  readonly reason: string;
}

/** What the kit leaves out for a connector: computed from what it declares, so that nothing is left out by itself. */
export function leftOut(connector: CrmConnector, page: Pick<ConnectorPage, 'ids' | 'cannot'>): LeftOut[] {
  const found: LeftOut[] = [];
  for (const name of ACCOUNT_CASES) {
    const reason = whyNotForAccount(connector, name);
    if (reason !== null) found.push({ kind: null, case: name, reason });
  }
  for (const name of COMPANY_CASES) {
    const reason = whyNotInCompany(connector, name);
    if (reason !== null) found.push({ kind: null, case: name, reason });
  }
  for (const kind of ENTITY_KINDS) {
    const known = connector.kinds[kind];
    if (known === undefined) continue;
    for (const name of KIND_CASES) {
      const reason = whyNotForKind(known, name, page) ?? page.cannot?.[kind]?.[name] ?? null;
      if (reason !== null) found.push({ kind, case: name, reason });
    }
  }
  return found;
}

function whyNotForAccount({ limits, kinds }: CrmConnector, name: AccountCase): string | null {
  if (name === 'day_quota' && limits.requestsPerDay === null) {
    return limits.rollingDay === undefined
      ? 'the CRM counts no days'
      : 'its day rolls, and how much of it is left only its answers tell';
  }
  if (name === 'unsupported' && ENTITY_KINDS.every((kind) => kinds[kind] !== undefined)) {
    return 'the CRM has every kind';
  }
  return null;
}

function whyNotInCompany({ kinds }: CrmConnector, name: CompanyCase): string | null {
  const batches = Object.values(kinds).map(({ batch }) => batch);
  const isOfJobs = name === 'job_rows' || name === 'job_crash';
  if (isOfJobs) return batches.some((batch) => batch?.createJob !== undefined) ? null : 'the CRM has no jobs';
  return batches.some((batch) => batch?.create !== undefined) ? null : 'the CRM takes one record a call';
}

function whyNotForKind(
  kind: ConnectorKind,
  name: KindCase,
  { ids }: Pick<ConnectorPage, 'ids'>,
): string | null {
  switch (name) {
    case 'odd_ids':
      return ids === 'numbers' ? 'ids are numbers there' : null;
    case 'field_limit':
      return kind.refusals === undefined ? 'the mapping knows nothing that the CRM can’t take' : null;
    case 'lists_keep':
      return Object.values(kind.sharings).some(isList) ? null : 'no mapped field is a list';
    case 'comes_back':
      return kind.read === undefined ? 'a record can’t be read' : null;
    case 'not_ours_to_delete':
      return kind.delete === undefined ? 'nothing is ever deleted' : null;
    default:
      return null;
  }
}

const LISTS: readonly FieldSharing[] = ['references', 'items', 'appended'];

function isList(sharing: FieldSharing): boolean {
  return typeof sharing === 'object' || LISTS.includes(sharing);
}
