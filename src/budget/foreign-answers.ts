/** Who got an answer that isn't the CRM's, while the CRM itself took the credentials. */
export interface ForeignAnswers {
  /** One of this record's calls did. Whether another record's did, too, and nothing succeeded in between. */
  note(record: string): boolean;
  /** A call succeeded. */
  clear(): void;
}

export function createForeignAnswers(): ForeignAnswers {
  // Two are enough to tell.
  let records: readonly string[] = [];
  return {
    note(record) {
      if (records.length < 2 && !records.includes(record)) records = [...records, record];
      return records.length > 1;
    },
    clear() {
      records = [];
    },
  };
}
