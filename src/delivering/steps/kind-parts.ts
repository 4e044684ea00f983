import type {
  AppendingPart,
  ConnectorKind,
  CrmHttp,
  LaterPart,
  UpdateWrite,
} from '../../connectors/connector.port.ts';
import type { PartFacts } from '../../domain/deciding/later-parts.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { RemoteRecord } from '../../domain/remote-record.ts';

const FACTS = new WeakMap<readonly LaterPart[], readonly PartFacts[]>();
const NONE: readonly PartFacts[] = [];

/** What planning needs to know of a kind's later parts, in their order. */
export function partFacts({ parts: { others } }: Pick<ConnectorKind, 'parts'>): readonly PartFacts[] {
  if (others === undefined || others.length === 0) return NONE;
  const known = FACTS.get(others) ?? others.map(factsOf);
  FACTS.set(others, known);
  return known;
}

function factsOf(part: LaterPart): PartFacts {
  return part.does === 'appends'
    ? { name: part.name, does: part.does, fields: [part.field], lists: part.list !== undefined }
    : { name: part.name, does: part.does, fields: part.fields, lists: false };
}

/** One request: the core, or the later part of this name. */
export function writePart(
  { parts }: ConnectorKind,
  name: string | null,
  http: CrmHttp,
  remoteId: string,
  write: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  if (name === null) return parts.core.update(http, remoteId, write);
  const part = parts.others?.find((other) => other.name === name);
  if (part?.does !== 'replaces') throw new TypeError(`a step for a part that is not written: ${name}`);
  return part.write(http, remoteId, write);
}

export function appendingPart({ parts }: ConnectorKind, name: string): AppendingPart {
  const part = parts.others?.find((other) => other.name === name);
  if (part?.does !== 'appends') throw new TypeError(`a step for a part that does not grow: ${name}`);
  return part;
}
