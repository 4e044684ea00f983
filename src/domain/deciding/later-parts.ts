import type { CrmFields } from '../remote-record.ts';

/** What planning needs to know of a later part of a kind. */
export interface PartFacts {
  readonly name: string;
  readonly does: 'replaces' | 'appends';
  /** The mapped fields that it carries; one where it appends. */
  readonly fields: readonly string[];
  /** Whether the CRM tells what an appending part has. */
  readonly lists: boolean;
}

/** The next request of a write: of the core (null) or of a later part. */
export interface NextRequest {
  readonly part: PartFacts | null;
  /** The fields that it brings there. */
  readonly changed: readonly string[];
  /** Those that differ and are brought there by others after it. */
  readonly left: readonly string[];
}

/** The first part in which something differs, in their order; null: none does. */
export function nextRequest(parts: readonly PartFacts[], differs: readonly string[]): NextRequest | null {
  const later = laterFields(parts);
  const core = differs.filter((name) => !later.includes(name));
  if (core.length > 0) return { part: null, changed: core, left: beside(differs, core) };
  for (const part of parts) {
    const changed = differs.filter((name) => part.fields.includes(name));
    if (changed.length > 0) return { part, changed, left: beside(differs, changed) };
  }
  return null;
}

function beside(all: readonly string[], some: readonly string[]): readonly string[] {
  return all.filter((name) => !some.includes(name));
}

/** The mapped fields that aren't the core's. */
export function laterFields(parts: readonly PartFacts[]): readonly string[] {
  return parts.flatMap(({ fields }) => fields);
}

/** Fields of which a copy doesn't say what the CRM holds: lists that only grow are known by what became of their texts. */
export function appendedFields(parts: readonly PartFacts[]): readonly string[] {
  return laterFields(parts.filter(({ does }) => does === 'appends'));
}

export function withoutFields(fields: CrmFields, names: readonly string[]): CrmFields {
  if (names.every((name) => !(name in fields))) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** Names what a part of one CRM record has, among what a delivery saw. */
export function listedAs(part: string, remoteId: string): string {
  return `${part} ${remoteId}`;
}
