import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { OFFER_STATUSES } from './account-tables.ts';
import { propertyFinder } from './property-routes.ts';
import { readBody } from './read-body.ts';
import {
  idsOf,
  invalid,
  missing,
  page,
  sorted,
  success,
  type Routes,
  type VaultreAccount,
  type VaultreCall,
} from './vaultre-call.ts';
import { ITEMS_MEMBERS, OFFER_MEMBERS, REFERENCE_MEMBERS } from './vaultre-forms.ts';
import { idsIn, saleLifeOf, textIn } from './vaultre-record.ts';
import { wireSummary, wireTime } from './vaultre-wire.ts';

/** Who has to do with a property's sale, and what was offered. */
export function lifeRoutes(account: VaultreAccount): Routes {
  return {
    ...peopleRoutes(account, 'owners', 'Owner'),
    ...peopleRoutes(account, 'purchasers', 'Purchaser'),
    ...offerRoutes(account),
  };
}

function peopleRoutes(account: VaultreAccount, name: 'owners' | 'purchasers', title: string): Routes {
  const { store, settings } = account;
  const withProperty = propertyFinder(account);
  const withLife = (then: (held: StoredRecord, call: VaultreCall) => HttpReply) =>
    withProperty((held, call) =>
      String(saleLifeOf(held)) === call.params['lifeid'] ? then(held, call) : missing(settings()),
    );
  const isContact = (id: number): boolean => store.lookUp('contacts', String(id)).kind === 'found';

  function put(held: StoredRecord, ids: readonly number[], message: string): HttpReply {
    const unknown = ids.find((id) => !isContact(id));
    if (unknown !== undefined) return invalid([`there is no contact ${unknown}`]);
    store.write('properties', held.id, { ...held.fields, [name]: [...new Set(ids)] });
    return success(message);
  }

  return {
    [`GET /properties/{id}/sale/{lifeid}/${name}`]: withLife(({ fields }, call) => {
      const contacts = idsIn(fields[name]).flatMap((id) => {
        const found = store.lookUp('contacts', String(id));
        return found.kind === 'found' ? [wireSummary(found.record)] : [];
      });
      return page(contacts, call, settings());
    }),
    [`PUT /properties/{id}/sale/{lifeid}/${name}`]: withLife((held, { body }) => {
      const read = readBody(body, ITEMS_MEMBERS, settings());
      if (!read.ok) return read.reply;
      if (!Array.isArray(read.fields['items'])) return invalid(['items must be an array']);
      return put(held, idsIn(read.fields['items']), `${title}s updated.`);
    }),
    [`POST /properties/{id}/sale/{lifeid}/${name}`]: withLife((held, { body }) => {
      const read = readBody(body, REFERENCE_MEMBERS, settings());
      if (!read.ok) return read.reply;
      if (read.fields['id'] === undefined) return invalid(['id is required']);
      return put(held, [...idsIn(held.fields[name]), Number(read.fields['id'])], `${title} attached.`);
    }),
    [`DELETE /properties/{propertyid}/sale/{lifeid}/${name}/{id}`]: withLife((held, { params }) => {
      const ids = idsIn(held.fields[name]);
      const rest = ids.filter((id) => String(id) !== params['id']);
      if (rest.length === ids.length) return missing(settings());
      store.write('properties', held.id, { ...held.fields, [name]: rest });
      return emptyReply(204);
    }),
  };
}

function offerRoutes({ store, settings }: VaultreAccount): Routes {
  const shown = ({ id, fields, createdAt }: StoredRecord) => {
    const found = store.lookUp('contacts', String(idsIn([fields['contact'] ?? null])[0] ?? ''));
    const status = OFFER_STATUSES.find((each) => idsIn([fields['status'] ?? null]).includes(each.id));
    const details = textIn(fields, 'details');
    return {
      id: Number(id),
      ...(found.kind === 'found' && { contact: wireSummary(found.record) }),
      ...(details !== '' && { details }),
      ...(typeof fields['saleLifeId'] === 'number' && { saleLifeId: fields['saleLifeId'] }),
      ...(typeof fields['offerPrice'] === 'number' && { offerPrice: fields['offerPrice'] }),
      offerDate: textIn(fields, 'offerDate') || wireTime(createdAt),
      status: status ?? { id: 1, name: 'Pending' },
    };
  };

  return {
    'GET /propertyOffers': (call) => {
      const { query } = call;
      if (query['type'] !== 'sale') return invalid(['type must be sale']);
      const life = idsOf(query['saleLifeId']);
      const contact = idsOf(query['contactId']);
      const offers = store
        .all('propertyOffers')
        .filter(({ fields }) => life === null || life.includes(Number(fields['saleLifeId'])))
        .filter(
          ({ fields }) =>
            contact === null || contact.some((id) => idsIn([fields['contact'] ?? null]).includes(id)),
        );
      const inOrder = sorted(offers, query, { offerDate: ({ fields }) => textIn(fields, 'offerDate') });
      if (inOrder === null) return invalid(['sort is not one of the list']);
      return page(inOrder.map(shown), call, settings());
    },
    'POST /propertyOffers': ({ body }) => {
      const read = readBody(body, OFFER_MEMBERS, settings());
      if (!read.ok) return read.reply;
      const { saleLifeId, leaseLifeId } = read.fields;
      if ((saleLifeId === undefined) === (leaseLifeId === undefined)) {
        return invalid(['either saleLifeId or leaseLifeId is required']);
      }
      return jsonReply(201, shown(store.create('propertyOffers', read.fields)));
    },
    'GET /propertyOffers/{id}': ({ params }) => {
      const found = store.lookUp('propertyOffers', params['id'] ?? '');
      return found.kind === 'found' ? jsonReply(200, shown(found.record)) : missing(settings());
    },
  };
}
