import { BASIC_TIER, basicTier } from '../../../src/connectors/icrm/basic-tier.ts';
import { COMPANY_CASES, KIND_CASES } from '../../../src/connectors/connector-page.ts';
import { fromICRMConnector } from '../../../src/connectors/icrm/from-icrm-connector.ts';
import type { CRMCredentials, ICRMConnector } from '../../../src/connectors/icrm/icrm-connector.ts';
import { ENTITY_KINDS, type EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { Transport } from '../../../src/wire/transport.port.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { kitSamples } from '../../contract/connector/kit/kit-samples.ts';
import type { KitCrm, KitCrmOptions, KitSubject } from '../../contract/connector/kit/kit-subject.ts';
import { paperClerk, paperOffice, type PaperOffice, type PaperRecord } from './paper-crm.ts';

/** Those that a create or an update is for. */
const WRITES: readonly string[] = ['pushContact', 'pushProperty', 'pushDeal', 'updateRecord'];

/** A class as the product document's skeleton, which posts each call to an office far away. */
function postingClerk(wire: () => Transport): ICRMConnector {
  const post = async (method: string, body: JsonObject): Promise<JsonObject> => {
    const result = await wire().send({
      method: WRITES.includes(method) ? 'POST' : 'GET',
      url: `https://paper.test/${method}`,
      headers: {},
      body: JSON.stringify(body),
      deadlineMs: 10_000,
    });
    if (result.kind !== 'response') throw new Error('the post is lost');
    if (result.status >= 300) throw new Error(`the office said ${result.status}`);
    return JSON.parse(Buffer.from(result.body).toString()) as JsonObject;
  };
  const push = async (type: string, data: unknown): Promise<string> =>
    String((await post(`push${type}`, { data: data as Json }))['id']);
  let key: CRMCredentials = {};
  return {
    async authenticate(credentials) {
      key = credentials;
      return (await post('authenticate', { ...key }))['accepted'] === true;
    },
    pushContact: (contact) => push('Contact', contact),
    pushProperty: (property) => push('Property', property),
    pushDeal: (deal) => push('Deal', deal),
    async findExistingRecord(type, identifier) {
      const { id } = await post('findExistingRecord', { type, identifier: identifier as Json });
      return typeof id === 'string' ? id : null;
    },
    async updateRecord(type, crmRecordId, data) {
      await post('updateRecord', { type, id: crmRecordId, data: data as Json });
    },
  };
}

/** The office's side: a clerk who does what letters ask for, and finds what was filed a while ago. */
function openOffice(options: KitCrmOptions): KitCrm {
  const office = paperOffice();
  const clerk = paperClerk(office);
  const isSecret = (key: string | undefined): boolean => key === options.secret;
  office.accepts = isSecret;
  const filed = filingTimes(office, options.clock);
  const acts: Readonly<Record<string, (letter: JsonObject) => Promise<JsonObject>>> = {
    authenticate: async (letter) => ({ accepted: await clerk.authenticate(letter as CRMCredentials) }),
    pushContact: async ({ data }) => ({ id: await clerk.pushContact(data) }),
    pushProperty: async ({ data }) => ({ id: await clerk.pushProperty(data) }),
    pushDeal: async ({ data }) => ({ id: await clerk.pushDeal(data) }),
    async findExistingRecord({ type, identifier }) {
      const id = await clerk.findExistingRecord(type as EntityKind, identifier);
      return { id: id !== null && filed(id) <= options.clock.now() - options.searchLagMs ? id : null };
    },
    async updateRecord({ type, id, data }) {
      await clerk.updateRecord(type as EntityKind, String(id), data);
      return {};
    },
  };
  const answer = async (url: string, body = '{}'): Promise<Response> => {
    const act = acts[new URL(url).pathname.slice(1)];
    if (act === undefined) return new Response('{}', { status: 404 });
    return new Response(JSON.stringify(await act(JSON.parse(body) as JsonObject)));
  };
  return {
    fetch: (url, request) => answer(url, request?.body).catch(() => new Response('{}', { status: 500 })),
    credentials: { apiKey: options.secret },
    records: (kind) => office.records.filter(({ type }) => type === kind).map(flat),
    seed: (kind, fields) =>
      office.records.push({ id: `old-${office.records.length}`, type: kind, data: fields }) > 0,
    remove(_kind, id) {
      const at = office.records.findIndex((record) => record.id === id);
      if (at >= 0) office.records.splice(at, 1);
    },
    revoke: () => {
      office.accepts = () => false;
    },
    attach: (given) => {
      wire = given;
    },
  };
}

const flat = ({ id, data }: PaperRecord) => ({ ...data, id });

/** When a record was first seen here; one that was there before long ago. */
function filingTimes({ records }: PaperOffice, clock: Clock): (id: string) => number {
  const times = new Map<string, number>();
  const push = records.push.bind(records);
  records.push = (...some) => {
    for (const { id } of some) times.set(id, id.startsWith('old-') ? 0 : clock.now());
    return push(...some);
  };
  return (id) => times.get(id) ?? 0;
}

let wire: Transport;

const subject: KitSubject = {
  name: 'A class by the product document',
  definition: fromICRMConnector(
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
    () => postingClerk(() => wire),
  ),
  page: basicTier(),
  samples: kitSamples(),
  open: openOffice,
};

const outside = KIND_CASES.filter((name) => !BASIC_TIER.includes(name));
connectorKit(subject, [
  'day_quota',
  'unsupported',
  ...COMPANY_CASES,
  ...ENTITY_KINDS.flatMap((kind) => outside.map((name) => `${kind}: ${name}`)),
]);
