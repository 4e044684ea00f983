import type { Json, JsonObject } from '../../domain/json.ts';
import type { DeskActs } from '../kit/control/control-call.ts';
import { emptyReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { MergedAnswer } from '../kit/records/record-store.ts';
import { isVaultCollection, type VaultCollection } from './vault-record.ts';
import { errorReply } from './vault-reply.ts';

/** What people do in MRI Vault beside making, changing and deleting records. */
export interface VaultDesk {
  /**
   * Merges two records: `keepId` takes over what it lacked and every reference. Afterwards `goneId` answers 404
   * (`gone`, the default), as the survivor (`alias`) or 308 to it (`redirect`). False: one is not there.
   */
  mergeRecords(collection: VaultCollection, keepId: string, goneId: string, answer?: MergedAnswer): boolean;
}

/** The desk for who comes over HTTP. */
export function vaultActs(desk: VaultDesk): DeskActs {
  return { merge: (input) => merge(desk, input) };
}

function merge(desk: VaultDesk, { collection, keepId, goneId, answer = 'gone' }: JsonObject): HttpReply {
  if (typeof collection !== 'string' || !isVaultCollection(collection) || !isAnswer(answer)) {
    return errorReply(400, 'collection and answer must be ones that there are.');
  }
  const merged = desk.mergeRecords(collection, textOf(keepId), textOf(goneId), answer);
  return merged ? emptyReply(204) : errorReply(404, 'One of the two is not there.');
}

function isAnswer(value: Json): value is MergedAnswer {
  return value === 'gone' || value === 'alias' || value === 'redirect';
}

/** Ids travel as text or as numbers. */
function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
