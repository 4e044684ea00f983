/** A connection's links, whatever their account. */
export const LINKS_OF_CONNECTION = 'id > :from AND id < :to AND connection_id = :connectionId';

/** A stretch of them, and the last of it; null at their end. */
export const COUNT_LINKS = `
  SELECT count(*) AS count, max(id) AS last FROM (
    SELECT id FROM links WHERE ${LINKS_OF_CONNECTION} ORDER BY id LIMIT 5000
  )`;

export const CONNECTIONS_OF_USER = 'SELECT connection_id FROM connections WHERE user_id = :userId';

export const RECORDS_OF_USER = `
  SELECT key, kind, entity_id FROM records WHERE user_id = :userId LIMIT +:limit`;

/** Only records that were moved are in the index by which this looks. */
export const FORMER_OWNERS = `
  SELECT key, document FROM records
  WHERE instr(document, '"formerUserIds"') > 0
    AND EXISTS (SELECT 1 FROM json_each(document, '$.formerUserIds') WHERE value = :userId)`;

export const LETTER_STRETCH = `
  SELECT max(rowid) AS last FROM (SELECT rowid FROM dead_letters WHERE rowid > :after ORDER BY rowid LIMIT 2000)`;
export const UNKNOWN_LETTERS = `
  SELECT count(*) AS count FROM dead_letters AS letter
  WHERE letter.rowid > :after AND letter.rowid <= :upTo AND letter.kind = 'decode' AND NOT EXISTS (
    SELECT 1 FROM records WHERE key = letter.entity || '/' || letter.entity_id
  )`;

const RUNS = `FROM runs WHERE connection_id IN (${CONNECTIONS_OF_USER})`;
const TIMELINE = 'FROM timeline WHERE user_id = :userId';
const LETTERS = 'FROM dead_letters WHERE user_id = :userId';

const filtered = (name: string): string => `json_extract(replays.document, '$.filter.${name}')`;
const ANY_KIND = "'contact', 'property', 'deal'";

// A replay of one record that runs is somebody's work, and ends soon; its filter goes by its retention at the latest.
const REPLAYS = `
  FROM replays
  WHERE ${filtered('userId')} = :userId
    OR ${filtered('connectionId')} IN (${CONNECTIONS_OF_USER})
    OR (
      replays.status <> 'running'
      AND CASE
        WHEN ${filtered('entityId')} IS NULL THEN 0
        WHEN ${filtered('entity')} IS NULL THEN ${recordOfUser(filtered('entityId'), ANY_KIND)}
        ELSE ${recordOfUser(filtered('entityId'), filtered('entity'))}
      END
    )`;

// Its values are JSON of our own making; an empty one is a delete without content, and only its key tells whose it was.
const LOG_ENTRIES = `
  FROM change_log
  WHERE "offset" > :after AND "offset" <= :upTo
    AND CASE
      WHEN length(value) = 0 THEN ${recordOfUser('change_log.key', ANY_KIND)}
      WHEN json_valid(CAST(value AS TEXT)) THEN json_extract(CAST(value AS TEXT), '$.userId') = :userId
      ELSE 0
    END`;

/** Letters of events count as well, by the records that they are about; they are removed with these. */
const LETTERS_OF_RECORDS = `
  SELECT count(*) FROM dead_letters AS letter
  JOIN records ON records.key = letter.entity || '/' || letter.entity_id
  WHERE letter.kind = 'decode' AND records.user_id = :userId`;

/** The last entry of a stretch of the log that was dealt with; null at its end. An entry may be large, so a stretch is short. */
export const LOG_STRETCH = `
  SELECT max("offset") AS last FROM (
    SELECT "offset" FROM change_log
    WHERE "offset" > :after
      AND "offset" <= coalesce((SELECT value FROM settings WHERE name = 'change_log_committed'), 0)
    ORDER BY "offset" LIMIT 100
  )`;
export const COUNT_LOG_ENTRIES = `SELECT count(*) AS count ${LOG_ENTRIES}`;
export const REMOVE_LOG_ENTRIES = `
  DELETE FROM change_log WHERE "offset" IN (SELECT "offset" ${LOG_ENTRIES} LIMIT +:limit)`;

export const COUNT_OF_USER = {
  timelineEntries: `SELECT count(*) AS count ${TIMELINE}`,
  runs: `SELECT count(*) AS count ${RUNS}`,
  deadLetters: `SELECT (SELECT count(*) ${LETTERS}) + (${LETTERS_OF_RECORDS}) AS count`,
  replays: `SELECT count(*) AS count ${REPLAYS}`,
  records: 'SELECT count(*) AS count FROM records WHERE user_id = :userId',
  formerOwners: `SELECT count(*) AS count FROM (${FORMER_OWNERS})`,
  connections: 'SELECT count(*) AS count FROM connections WHERE user_id = :userId',
} as const;

const removal = (table: string, id: string, from: string): string =>
  `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} ${from} LIMIT +:limit)`;

export const REMOVE_OF_USER = {
  timelineEntries: removal('timeline', 'rowid', TIMELINE),
  runs: removal('runs', 'run_id', RUNS),
  deadLetters: removal('dead_letters', 'id', LETTERS),
  replays: removal('replays', 'replay_id', REPLAYS),
} as const;

const HAS_LINKS = `
  SELECT 1 FROM links
  WHERE links.id > connections.connection_id || '.' AND links.id < connections.connection_id || '/'
    AND links.connection_id = connections.connection_id`;

export const RESTED_CONNECTIONS = `
  SELECT connection_id FROM connections
  WHERE user_id = :userId AND status = 'disconnected' AND json_extract(document, '$.health.since') <= :restedSince
    AND NOT EXISTS (${HAS_LINKS})
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.connection_id = connections.connection_id)
  LIMIT +:limit`;

function recordOfUser(entityId: string, kinds: string): string {
  return `EXISTS (
    SELECT 1 FROM records
    WHERE records.user_id = :userId AND records.kind IN (${kinds}) AND records.entity_id = ${entityId}
  )`;
}
