import type { CRMCredentials, ICRMConnector } from '../../../src/connectors/icrm/icrm-connector.ts';

export interface PaperRecord {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an office writes on paper, and what goes wrong with the post. */
export interface PaperOffice {
  readonly records: PaperRecord[];
  /** Every call that a clerk took, in order. */
  readonly calls: string[];
  /** How many clerks were hired. */
  clerks: number;
  accepts: (key: string | undefined) => boolean;
  /** What the next calls of a method come to, before it takes effect or after it; once each. */
  readonly faults: { method: string; when: 'before' | 'after'; with: 'error' | 'silence'; text?: string }[];
}

export function paperOffice(): PaperOffice {
  return { records: [], calls: [], clerks: 0, accepts: () => true, faults: [] };
}

/** A class as the product document's skeleton has it, filled in by somebody who knows nothing of the host. */
export function paperClerk(office: PaperOffice): ICRMConnector {
  office.clerks += 1;
  let apiKey: string | undefined;

  async function posted<T>(method: string, act: () => T): Promise<T> {
    office.calls.push(method);
    const at = office.faults.findIndex((one) => one.method === method);
    const fault = at < 0 ? undefined : office.faults.splice(at, 1)[0];
    const fail = async (): Promise<void> => {
      if (fault?.with === 'silence') await new Promise(() => undefined);
      throw new Error(fault?.text ?? 'the post is late');
    };
    if (fault?.when === 'before') await fail();
    if (method !== 'authenticate' && !office.accepts(apiKey)) throw new Error('401');
    const done = act();
    if (fault?.when === 'after') await fail();
    return done;
  }
  const push = (type: string, data: Record<string, unknown>): Promise<string> =>
    posted(`push ${type}`, () => {
      const id = `p-${office.records.length + 1}`;
      office.records.push({ id, type, data });
      return id;
    });

  return {
    authenticate: (credentials: CRMCredentials) => {
      apiKey = credentials['apiKey'];
      return posted('authenticate', () => office.accepts(apiKey));
    },
    pushContact: (contact) => push('contact', contact as Record<string, unknown>),
    pushProperty: (property) => push('property', property as Record<string, unknown>),
    pushDeal: (deal) => push('deal', deal as Record<string, unknown>),
    findExistingRecord: (type, identifier) =>
      posted(`find ${type}`, () => {
        const sought = JSON.stringify(identifier);
        return (
          office.records.find((record) => record.type === type && identifiersOf(record).includes(sought))
            ?.id ?? null
        );
      }),
    updateRecord: (type, crmRecordId, data) =>
      posted(`update ${type}`, () => {
        const at = office.records.findIndex(({ id }) => id === crmRecordId);
        if (at < 0) throw new Error('there is no such record');
        office.records[at] = { id: crmRecordId, type, data: data as Record<string, unknown> };
      }),
  };
}

function identifiersOf({ type, data }: PaperRecord): string[] {
  if (type === 'contact') return (data['emails'] as string[]).map((email) => JSON.stringify(email));
  if (type === 'property') return [JSON.stringify(data['address'])];
  return [JSON.stringify({ propertyId: data['propertyId'], stage: data['stage'] })];
}
