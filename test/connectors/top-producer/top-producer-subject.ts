import { createTopProducerHttp } from '../../../src/connectors/top-producer/http-adapter.ts';
import { httpAdapterPage } from '../../../src/connectors/top-producer/page.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import {
  createTopProducerSandbox,
  type TopProducerInProcess,
  type TopProducerSandboxOptions,
} from '../../../src/sandbox/top-producer/top-producer-sandbox.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import type { KitCrm, KitSubject, PeopleAct } from '../../contract/connector/kit/kit-subject.ts';

interface Crm extends KitCrm {
  readonly sandbox: TopProducerInProcess;
}

const held = ({ sandbox }: Crm, id: string) => sandbox.records('contacts').find((one) => one.id === id);

const noted: PeopleAct = {
  name: 'a line of theirs in the note',
  act(id, crm) {
    const note = String(held(crm as Crm, id)?.['note'] ?? '');
    (crm as Crm).sandbox.editRecord('contacts', id, { note: `${note}\nPlays chess.` });
  },
  stands: (id, crm) => String(held(crm as Crm, id)?.['note']).includes('Plays chess.'),
};

const { contact, property, deal } = kitSamples();

/** The HTTP adapter against its sandbox, for the kit and for whoever counts calls. */
export function topProducerHttpSubject(settings: TopProducerSandboxOptions = {}): KitSubject {
  return {
    name: 'Top Producer by an assumed contract',
    definition: createTopProducerHttp({
      operator: {},
      baseUrl: 'http://sandbox.invalid/v3',
      isPlaceholder: isUsualPlaceholder,
    }),
    page: httpAdapterPage,
    samples: { contact: { ...contact, people: [noted] }, property, deal },
    open({ clock, secret, searchLagMs }): Crm {
      const sandbox = createTopProducerSandbox({ clock, apiKeys: [secret], searchLagMs, ...settings });
      return {
        sandbox,
        fetch: sandbox.fetch,
        credentials: { apiKey: secret },
        records: (kind) => (kind === 'contact' ? sandbox.records('contacts') : []),
        remove: (_kind, id) => void sandbox.deleteRecord('contacts', id),
        revoke: () => sandbox.revokeKey(secret),
      };
    },
  };
}
