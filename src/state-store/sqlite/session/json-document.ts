import type { SQLOutputValue } from 'node:sqlite';

/** What a row holds in its column `document`, which this program wrote. */
export function documentOf<T>(row: Readonly<Record<string, SQLOutputValue>>): T {
  return JSON.parse(row['document'] as string) as T;
}
