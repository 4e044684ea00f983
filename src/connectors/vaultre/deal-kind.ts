import { randomUUID } from 'node:crypto';
import type { Json } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord, CrmFields, RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import type { ConnectorKind, CrmHttp, UpdateWrite } from '../connector.port.ts';
import { ASSUMED_BEFORE_LISTING } from './assumed.ts';
import { dealMapping } from './deal-mapping.ts';
import { notesPart } from './notes-part.ts';
import { propertyIdOf } from './property-id.ts';
import { done, idIn, isObject, readObject, textIn, unexpected, remoteOf } from './vaultre-answers.ts';

/**
 * Deals. What stands for one in VaultRE is the sale that its property has now, so nothing is made for it, and nothing is to be found or deleted: its id
 * names the property, the sale, and which of the property's deals it is. Its parts are the sale's status and the notes.
 */
export const dealKind: ConnectorKind = {
  ...dealMapping,
  parts: {
    core: { writes: 'merges', create: (http, { fields }) => create(http, fields), update },
    others: [
      { does: 'replaces', name: 'status', fields: ['listed'], write: list },
      notesPart((remoteId) => ['properties', propertyIdOf(dealIdOf(remoteId).propertyId).id]),
    ],
  },
  // What was never made can't be there already.
  find: () => Promise.resolve({ kind: 'applied', value: [] }),
  read,
};

interface DealId {
  /** As the property's link has it. */
  readonly propertyId: string;
  /** The campaign that it is of: one that comes after it is another sale. */
  readonly life: string;
}

const SEPARATOR = '.';

/** Two deals of one sale are told apart by what is made up for each. */
function newDealId({ propertyId, life }: DealId): string {
  return [propertyId, life, randomUUID().slice(0, 8)].join(SEPARATOR);
}

function dealIdOf(remoteId: string): DealId {
  const [propertyId = '', life = ''] = remoteId.split(SEPARATOR);
  return { propertyId, life };
}

/** Nothing is written: only the sale's id is read. */
async function create(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const made = await open(http, textIn(fields, 'propertyId'));
  return made.kind === 'applied' ? { kind: 'applied', value: { ...made.value, origin: 'created' } } : made;
}

/** Its property is another one now: so is what stands for it. */
async function update(
  http: CrmHttp,
  remoteId: string,
  { fields }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const propertyId = textIn(fields, 'propertyId');
  if (propertyId === '' || propertyId === dealIdOf(remoteId).propertyId) {
    return { kind: 'applied', value: { id: remoteId, version: null } };
  }
  return await open(http, propertyId);
}

async function open(http: CrmHttp, propertyId: string): Promise<CallOutcome<RemoteRecord>> {
  const sale = await readSale(http, propertyId);
  if (sale.kind === 'gone') return propertyGone(sale);
  if (sale.kind !== 'applied') return sale;
  const { life, isListed, body } = sale.value;
  const { version } = remoteOf(propertyId, body);
  return {
    kind: 'applied',
    value: { id: newDealId({ propertyId, life }), version, fields: { propertyId, listed: isListed } },
  };
}

/** It is the property that isn't there, and it may come back. */
function propertyGone({ detail }: Failure): Failure {
  return {
    kind: 'retry_later',
    code: 'LOOK_UP_FAILED',
    detail: `The property of the deal: ${detail}`,
    status: 404,
  };
}

interface Sale {
  readonly life: string;
  /** Whether it is listed, or beyond that. */
  readonly isListed: boolean;
  readonly body: Json;
}

async function readSale(http: CrmHttp, propertyId: string): Promise<CallOutcome<Sale>> {
  const outcome = await readObject(http, ['properties', propertyIdOf(propertyId).id]);
  if (outcome.kind !== 'applied') return outcome;
  const { body, status } = outcome.value;
  const saleLife = isObject(body['saleLife']) ? body['saleLife'] : {};
  const life = idIn(saleLife) ?? idIn({ id: body['saleLifeId'] ?? null });
  if (life === null) return unexpected('a property without a sale', status);
  const saleStatus = textIn(saleLife, 'status');
  // Of a status that isn't told nothing is changed.
  return {
    kind: 'applied',
    value: { life, isListed: !ASSUMED_BEFORE_LISTING.includes(saleStatus), body },
  };
}

async function read(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const { propertyId, life } = dealIdOf(remoteId);
  const sale = await readSale(http, propertyId);
  if (sale.kind !== 'applied') return sale;
  const { version } = remoteOf(remoteId, sale.value.body);
  // A sale that is over has been listed, and the one that came after it is none of this deal's.
  const listed = sale.value.isListed || sale.value.life !== life;
  return {
    kind: 'applied',
    value: { id: remoteId, version, createdAt: null, fields: { propertyId, listed } },
  };
}

/** Moves the sale to `listing`, where it is the one that is meant and stands before that. The API does nothing else to a status. */
async function list(
  http: CrmHttp,
  remoteId: string,
  { fields }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const now = await read(http, remoteId);
  if (now.kind !== 'applied') return now;
  const isDone = now.value.fields['listed'] === true || fields['listed'] !== true;
  if (!isDone) {
    const { id } = propertyIdOf(dealIdOf(remoteId).propertyId);
    const path = ['properties', id, 'sale', 'statusChange', 'listing'];
    const written = await done(http, { verb: 'update', method: 'PUT', path });
    if (written.kind !== 'applied') return written;
  }
  const listed = now.value.fields['listed'] === true || fields['listed'] === true;
  return { kind: 'applied', value: { id: remoteId, version: now.value.version, fields: { listed } } };
}
