import type { Static } from 'typebox';
import type {
  Integration,
  Page,
  Provider,
  RecordHistory,
  Run,
  SyncedRecord,
} from '../../dashboard/src/api/types.ts';
import type { IntegrationListSchema } from '../../src/http/views/integration-view.ts';
import type { ProviderListSchema } from '../../src/http/views/provider-view.ts';
import type { RecordHistorySchema, RecordSchema } from '../../src/http/views/record-view.ts';
import type { RunSchema } from '../../src/http/views/run-view.ts';

/**
 * What the dashboard reads, held against what the service answers. Nothing runs here: an answer that the page would
 * misread does not compile.
 */
export interface Held {
  readonly providers: (answer: Static<typeof ProviderListSchema>['providers']) => readonly Provider[];
  readonly integrations: (
    answer: Static<typeof IntegrationListSchema>['integrations'],
  ) => readonly Integration[];
  readonly run: (answer: Static<typeof RunSchema>) => Run;
  readonly records: (answer: {
    data: Static<typeof RecordSchema>[];
    nextCursor: string | null;
  }) => Page<SyncedRecord>;
  readonly history: (answer: Static<typeof RecordHistorySchema>) => RecordHistory;
}

export const held: Held = {
  providers: (answer) => answer,
  integrations: (answer) => answer,
  run: (answer) => answer,
  records: (answer) => answer,
  history: (answer) => answer,
};
