/* eslint-disable @typescript-eslint/no-explicit-any -- the product document's own types, to the letter */
import type { EntityKind } from '../../domain/entity.ts';

/** What a user enters to connect, by the names of a CRM's credential fields. Never logged, never returned. */
export type CRMCredentials = Readonly<Record<string, string>>;

/**
 * The product document's interface of a connector, with its six methods and types. It is for those who write a connector by that
 * document; the engine's own port, which tells more and asks more, is `CrmConnector`.
 */
export interface ICRMConnector {
  authenticate(credentials: CRMCredentials): Promise<boolean>;
  pushContact(contact: any): Promise<string>;
  pushProperty(property: any): Promise<string>;
  pushDeal(deal: any): Promise<string>;
  findExistingRecord(type: EntityKind, identifier: any): Promise<string | null>;
  updateRecord(type: EntityKind, crmRecordId: string, data: any): Promise<void>;
}
