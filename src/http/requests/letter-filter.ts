import Type, { type Static } from 'typebox';
import {
  DEAD_LETTER_KINDS,
  DEAD_LETTER_STATUSES,
  type DeadLetterStatus,
  WAITING_STATUSES,
} from '../../domain/dead-letter.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import type { DeadLetterFilter } from '../../domain/replay.ts';

/** Zena's ids have up to 256 bytes. */
const Id = Type.String({ minLength: 1, maxLength: 256 });
const Time = Type.String({ format: 'date-time' });
const MOST_IDS = 1_000;

const FILTER = {
  kind: Type.Optional(Type.Enum([...DEAD_LETTER_KINDS])),
  code: Type.Optional(Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,63}$', description: 'The cause.' })),
  provider: Type.Optional(Id),
  userId: Type.Optional(Id),
  connectionId: Type.Optional(Id),
  entity: Type.Optional(Type.Enum([...ENTITY_KINDS])),
  entityId: Type.Optional(Id),
  from: Type.Optional({ ...Time, description: 'Latest failure at or after this time.' }),
  to: Type.Optional({ ...Time, description: 'Latest failure before this time.' }),
};

/** Which letters, in a query. */
export const LETTER_QUERY = {
  ...FILTER,
  status: Type.Optional(
    Type.Enum([...DEAD_LETTER_STATUSES], {
      description: 'Those that wait for a person, `open` and `parked`, by default.',
    }),
  ),
};

/** Which letters, in a body. */
export const LETTER_BODY = {
  ...FILTER,
  ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: MOST_IDS })),
  statuses: Type.Optional(
    Type.Array(Type.Enum([...WAITING_STATUSES]), {
      minItems: 1,
      maxItems: WAITING_STATUSES.length,
      uniqueItems: true,
    }),
  ),
};

type Asked = Static<Type.TObject<typeof LETTER_QUERY>> & Static<Type.TObject<typeof LETTER_BODY>>;

/** Reads a filter as the store takes it. Null: a time that does not exist. */
export function readLetterFilter(asked: Asked): DeadLetterFilter | null {
  const { from, to, status } = asked;
  const times = {
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
  };
  if (Object.values(times).some(Number.isNaN)) return null;
  const statuses: readonly DeadLetterStatus[] | undefined = status === undefined ? asked.statuses : [status];
  return {
    ...defined('ids', asked.ids),
    ...defined('kind', asked.kind),
    ...defined('code', asked.code),
    ...defined('provider', asked.provider),
    ...defined('userId', asked.userId),
    ...defined('connectionId', asked.connectionId),
    ...defined('entity', asked.entity),
    ...defined('entityId', asked.entityId),
    ...times,
    ...defined('statuses', statuses),
  };
}

function defined<K extends keyof DeadLetterFilter>(
  name: K,
  value: DeadLetterFilter[K] | undefined,
): Pick<DeadLetterFilter, K> | object {
  return value === undefined ? {} : { [name]: value };
}
