import { Ajv, type ValidateFunction } from 'ajv';
import type { Json } from '../../../src/domain/json.ts';
import { vaultreCaller, type Answer, type Call, type Reachable } from './vaultre-caller.ts';

/*
 * The bodies of the routes that the connector uses, closed: what the vendor's specification doesn't name, or null, is refused. Written by hand from
 * that specification, which isn't part of this repository; `npm run check:vaultre` holds everything against the specification itself.
 */
const text = { type: 'string' };
const flag = { type: 'boolean' };
const whole = { type: 'integer' };
const list = (items: object) => ({ type: 'array', items });
const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const id = closed({ id: whole }, ['id']);
const phone = closed({
  number: text,
  typeCode: { enum: ['H', 'W', 'M', 'F', 'D'] },
  type: { enum: ['Home', 'Work', 'Mobile', 'Facsimile', 'Direct'] },
  comment: text,
});
const street = { level: text, unitNumber: text, streetNumber: text, street: text };
const addressSent = closed({ ...street, suburb: id });
const contactTexts = {
  title: text,
  firstName: text,
  lastName: text,
  greeting: text,
  partnerTitle: text,
  partnerFirstName: text,
  partnerLastName: text,
  company: text,
  position: text,
  legalDescription: text,
  abn: text,
  acn: text,
};
const contactSent = {
  ...contactTexts,
  address: addressSent,
  postalAddress: addressSent,
  onDoNotCallList: flag,
  archived: flag,
  unsubscribe: closed({ email: flag, sms: flag, letters: flag }),
  emails: list(text),
  phoneNumbers: list(phone),
  accessBy: list(id),
  editableBy: list(id),
  sourceOfEnquiry: id,
  marketingUsers: list(closed({ id: whole, user: id })),
  customUnsubscribe: list(id),
};
const items = closed({ items: list(id) }, ['items']);
const noteSent = closed({ body: text, readOnly: flag, type: id, inserted: text }, ['body']);
const saleSent = {
  branch: id,
  building: id,
  type: id,
  address: addressSent,
  status: { enum: ['prospect', 'appraisal'] },
  accessBy: list(id),
  editableBy: list(id),
  contactStaff: list(id),
  methodOfsale: id,
  authorityType: id,
  tenureOrTitleType: id,
};

/** What a route is sent, by its method and path. */
const SENT: readonly (readonly [RegExp, object])[] = [
  [/^POST \/contacts$/, closed({ ...contactSent, inserted: text, entityType: id })],
  [/^PUT \/contacts\/\d+$/, closed(contactSent)],
  [/^(?:PUT|POST) \/contacts\/\d+\/categories(?:\/remove)?$/, items],
  [/^(?:PUT|POST) \/contacts\/\d+\/notes/, noteSent],
  [/^(?:PUT|POST) \/properties\/\d+\/notes/, noteSent],
  [/^PUT \/properties\/\d+\/sale\/\d+\/(?:owners|purchasers)$/, items],
  [/^POST \/properties\/\d+\/sale\/\d+\/(?:owners|purchasers)$/, id],
  // Of the many members of a sale those that refer to something; any other one is a text, a number or a flag.
  [
    /^(?:PUT|POST) \/properties\/[a-zA-Z]+\/sale(?:\/\d+)?$/,
    {
      type: 'object',
      properties: saleSent,
      additionalProperties: { type: ['string', 'number', 'boolean', 'object', 'array'] },
      not: {
        anyOf: ['id', 'class', 'displayAddress', 'saleLifeId', 'inserted', 'modified'].map((name) => ({
          required: [name],
        })),
      },
    },
  ],
];

const outcome = closed({ success: flag, msg: text, code: text }, ['success', 'msg']);
const page = (of: object) =>
  closed(
    {
      items: list(of),
      totalItems: whole,
      totalPages: whole,
      urls: closed({ self: text, next: text, previous: text }, ['self']),
    },
    ['items'],
  );
const named = closed({ id: whole, name: text }, ['id', 'name']);
const found = { type: 'object', required: ['id'], properties: { id: whole } };

/** What is answered with a success. */
const ANSWERED: readonly (readonly [RegExp, object])[] = [
  [/^GET \/scopes$/, list(text)],
  [/^GET \/(?:account|user)$/, found],
  [/^(?:GET|POST|PUT) \/contacts(?:\/\d+)?$/, found],
  [/^GET \/contacts\/\d+\/categories$|^GET \/categories\/contact$/, page(named)],
  [/^(?:PUT|POST) \/contacts\/\d+\/categories/, outcome],
  [/^GET \/(?:contacts|properties)\/\d+\/notes$/, page(found)],
  [/^GET \/search\/|^GET \/suggest\//, page(found)],
  [/^(?:PUT|POST) \/properties\/\d+\/sale\//, outcome],
];

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const compiled = (table: readonly (readonly [RegExp, object])[]) =>
  table.map(([route, schema]): readonly [RegExp, ValidateFunction] => [route, ajv.compile(schema)]);
const sentChecks = compiled(SENT);
const answerChecks = compiled(ANSWERED);
const failed = ajv.compile(outcome);

/** What is wrong with a request's body, as the route takes it. */
export function wrongInSent(method: string, path: string, body: Json): string[] {
  return wrong(sentChecks, `${method} ${path.split('?')[0] ?? ''}`, body);
}

/** A caller that throws where a request, or an answer, has another form than the vendor's. */
export function checkedCaller(sandbox: Reachable): Call {
  const call = vaultreCaller(sandbox);
  return async (method, path, options = {}) => {
    const answer = await call(method, path, options);
    const problems = [
      ...(options.body === undefined || answer.status >= 400 ? [] : wrongInSent(method, path, options.body)),
      ...wrongInAnswer(method, path, answer),
    ];
    if (problems.length > 0) throw new Error(`${method} ${path}: ${problems.join('; ')}`);
    return answer;
  };
}

function wrongInAnswer(method: string, path: string, { status, body }: Answer): string[] {
  if (status === 204) return body === null ? [] : ['204 with a body'];
  if (status >= 200 && status < 300) {
    const [at = ''] = path.split('?');
    const isList = /^\/contacts$/.test(at) && method === 'GET';
    return isList ? [] : wrong(answerChecks, `${method} ${at}`, body);
  }
  const isOfGateway = typeof body === 'object' && body !== null && 'message' in body;
  return isOfGateway || failed(body) ? [] : ajv.errorsText(failed.errors).split(', ');
}

function wrong(table: readonly (readonly [RegExp, ValidateFunction])[], route: string, body: Json): string[] {
  const check = table.find(([pattern]) => pattern.test(route))?.[1];
  if (check === undefined || check(body)) return [];
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
