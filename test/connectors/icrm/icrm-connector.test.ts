import { describe, expect, it } from '@jest/globals';
import type { CRMCredentials, ICRMConnector } from '../../../src/connectors/icrm/icrm-connector.ts';

/** The product document's skeleton, filled in: that it compiles is what this is about. */
class NotebookConnector implements ICRMConnector {
  private apiKey = '';
  readonly #records = new Map<string, Record<string, unknown>>();

  async authenticate(credentials: CRMCredentials): Promise<boolean> {
    this.apiKey = credentials['apiKey'] ?? '';
    return this.apiKey !== '';
  }

  pushContact(contact: { name: string }): Promise<string> {
    return this.#push(contact);
  }

  pushProperty(property: { address: string }): Promise<string> {
    return this.#push(property);
  }

  pushDeal(deal: { stage: string }): Promise<string> {
    return this.#push(deal);
  }

  async findExistingRecord(_type: string, identifier: string): Promise<string | null> {
    for (const [id, record] of this.#records) if (Object.values(record).includes(identifier)) return id;
    return null;
  }

  async updateRecord(_type: string, crmRecordId: string, data: Record<string, unknown>): Promise<void> {
    this.#records.set(crmRecordId, data);
  }

  async #push(record: Record<string, unknown>): Promise<string> {
    const id = `n-${this.#records.size + 1}`;
    this.#records.set(id, record);
    return id;
  }
}

describe('the product document’s interface', () => {
  it('is what a class written by the document implements', async () => {
    const connector: ICRMConnector = new NotebookConnector();
    expect(await connector.authenticate({ apiKey: 'k' })).toBe(true);
    const id = await connector.pushContact({ name: 'Ada' });
    await connector.updateRecord('contact', id, { name: 'Ada King' });
    expect(await connector.findExistingRecord('contact', 'Ada King')).toBe(id);
    expect(await connector.findExistingRecord('contact', 'Ada')).toBeNull();
  });
});
