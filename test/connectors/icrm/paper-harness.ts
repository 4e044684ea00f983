import type { Budgets } from '../../../src/budget/budgets.ts';
import { createCircuitBreaker } from '../../../src/budget/circuit-breaker.ts';
import { createApplicationRefusal } from '../../../src/budget/application-refusal.ts';
import { createForeignAnswers } from '../../../src/budget/foreign-answers.ts';
import type { ConnectorCredentials, CrmConnector } from '../../../src/connectors/connector.port.ts';
import { fromICRMConnector } from '../../../src/connectors/icrm/from-icrm-connector.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { openCrmSessions } from '../../../src/service/open-crm-sessions.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { fingerprintsOf } from '../../support/sealers.ts';
import { paperClerk, paperOffice, type PaperOffice } from './paper-crm.ts';

export interface PaperHarness extends CoreHarness {
  readonly office: PaperOffice;
  /** What the user entered. */
  credentials: ConnectorCredentials;
}

export const API_KEY = 'paper-key-0123456789';

export function paperConnector(office: PaperOffice): CrmConnector {
  return fromICRMConnector(
    {
      id: 'paper_office',
      name: 'Paper Office',
      credentialFields: [
        {
          name: 'apiKey',
          label: 'API key',
          secret: true,
          required: true,
          kind: 'text',
          help: 'On the door.',
        },
      ],
      limits: { searchLagMs: 1_000 },
    },
    () => paperClerk(office),
  );
}

/** The whole core over a class that was written by the product's document; turns come at once. */
export async function createPaperHarness(): Promise<PaperHarness> {
  const office = paperOffice();
  const entered = { credentials: { apiKey: API_KEY } as ConnectorCredentials };
  const core = await createCoreHarness({
    retryDelaysMs: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
    connection: { provider: 'paper_office' },
    sessions: ({ clock }) =>
      openCrmSessions({
        connectors: [paperConnector(office)],
        budgets: budgetsWithoutWait(clock),
        clock,
        onCall: () => undefined,
        transport: { send: () => Promise.reject(new Error('nothing goes by the host’s wire')) },
        vault: { open: () => Promise.resolve({ ok: true, credentials: entered.credentials }) },
        fingerprints: fingerprintsOf('store'),
      }),
  });
  return Object.create(core, {
    office: { value: office },
    credentials: {
      get: () => entered.credentials,
      set: (given: ConnectorCredentials) => {
        entered.credentials = given;
      },
    },
  }) as PaperHarness;
}

function budgetsWithoutWait(clock: Clock): Budgets {
  const breaker = createCircuitBreaker({ clock });
  const departure = {
    approach: async () => undefined,
    depart: async () => undefined,
    leave: () => undefined,
  };
  return {
    acquire: () =>
      Promise.resolve({
        limiter: {
          schedule: async (_priority, fn) => ({ ran: true, value: await fn(departure), waitedMs: 0 }),
          refused: () => 0,
          accepted: () => undefined,
          pauseUntil: () => undefined,
          pausedUntil: () => null,
        },
        breaker,
        foreign: createForeignAnswers(),
        application: createApplicationRefusal(() => undefined),
        quota: null,
        contexts: null,
        release: () => undefined,
      }),
    breakerStates: () => ({ closed: 1, open: 0, half_open: 0 }),
    refusedApplications: () => 0,
    size: 1,
    close: () => breaker.dispose(),
  };
}
