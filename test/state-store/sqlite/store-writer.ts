import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createEmbeddedLog } from '../../../src/change-feed/embedded/embedded-log.ts';
import { contact, wantedMark } from '../../support/builders.ts';

/**
 * A process of its own that opens the store named by its argument and writes without end, printing the number of each
 * write once it has resolved.
 */
const store = await openSqliteStore({ path: process.argv[2] ?? '' });
const log = createEmbeddedLog(store);
process.stdout.write('open\n');
for (let index = 1; ; index += 1) {
  const record = contact(`c-${String(index)}`);
  await Promise.all([
    store.records.write([{ record, expectedRevision: 0 }]),
    store.links.markWanted([wantedMark(record.key)]),
    log.append([{ topic: 't', key: record.entityId, value: new Uint8Array([index % 256]) }]),
  ]);
  process.stdout.write(`${String(index)}\n`);
}
