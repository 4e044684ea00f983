import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { ConnectorKind, CrmAnswer, CrmVerb } from '../../../src/connectors/connector.port.ts';
import { NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import { mergeFields } from '../../../src/domain/merging/merge-fields.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { answerLimits } from '../../../src/wire/answer-limits.ts';
import { classifyAnswer } from '../../../src/wire/classify-answer.ts';
import { redactSecrets } from '../../../src/wire/redact-secrets.ts';
import { repeatsSecret } from '../../../src/wire/repeated-secret.ts';
import type { OutboundResult } from '../../../src/wire/transport.port.ts';
import { NEVER_PARSED, PARSED, STRANGE_STARTS } from './large-answers.ts';

/**
 * How long one answer of a hostile CRM holds the event loop: what is made of its bytes by the wire, the connector and the merge, in one go,
 * as nothing of it waits for anything. By command (`node test/security/attacks/run-answer-stalls.ts`); ends with 1 where one takes longer than the limit.
 */
const LIMIT_MS = 50;
const ROUNDS = 5;
const SENT = { authorization: 'Bearer Cn4ry/api+key"7f3a91\\e2' };
const JSON_TYPE = 'application/json';
const ZENA = {
  firstName: 'Ada',
  lastName: 'L',
  email: 'ada@example.test',
  phone: '',
  type: 'buyer',
  notes: Array.from({ length: 200 }, (_, at) => `Zena says ${at}`).join('\n'),
};

interface Case {
  readonly what: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const hits = (count: number, item: (at: number) => object) =>
  JSON.stringify(Array.from({ length: count }, (_, at) => item(at)));
const notes = (lines: number) =>
  Array.from({ length: lines }, (_, at) => `Called on day ${at}, no answer`).join('\n');

const CASES: readonly Case[] = [
  ...[...NEVER_PARSED, ...PARSED].flatMap(({ what, body }) => [
    { what, status: 200, type: JSON_TYPE, body },
    { what: `${what}, as an error`, status: 400, type: JSON_TYPE, body },
  ]),
  ...STRANGE_STARTS.map(({ what, body }) => ({ what, status: 200, type: 'text/plain', body })),
  ...[
    { what: '500 hits of another key', body: hits(500, (id) => ({ id, email: `"A" <a${id}@b.example>;` })) },
    {
      what: '500 hits of the key',
      body: hits(500, (id) => ({ id: `${'x'.repeat(500)}${id}`, email: ZENA.email })),
    },
    {
      what: 'hits with e-mails as long as are compared',
      body: hits(500, (id) => ({ id, email: '<@'.repeat(499) })),
    },
    { what: 'a record of 5,000 lines', body: JSON.stringify({ id: 'c', ...ZENA, notes: notes(4_999) }) },
    {
      what: 'a record of equal lines',
      body: JSON.stringify({ id: 'c', ...ZENA, notes: 'a\n'.repeat(4_999) }),
    },
    {
      what: 'a record of 500 KiB',
      body: JSON.stringify({ id: 'c', ...ZENA, notes: 'a b '.repeat(128_000) }),
    },
    {
      what: 'a page of a listing',
      body: JSON.stringify({
        items: Array.from({ length: 2_500 }, (_, id) => ({ id, ...ZENA, notes: 'x' })),
      }),
    },
    {
      what: 'an error for each field',
      body: JSON.stringify({
        errors: Array.from({ length: 900 }, () => ({
          field: '&amp;'.repeat(20),
          message: '%25'.repeat(100),
        })),
      }),
    },
  ].map((one) => ({ status: one.what.startsWith('an error') ? 400 : 200, type: JSON_TYPE, ...one })),
];

/** As the transport hands it on. */
function resultOf({ status, type, body }: Case, verb: CrmVerb): OutboundResult {
  const { whole, start } = answerLimits(verb);
  const bytes = Buffer.from(body);
  const headers = { 'content-type': type };
  const isWhole = whole > 0 && status < 300;
  if (isWhole && bytes.length > whole) return { kind: 'no_answer', code: 'ANSWER_TOO_LARGE', detail: '' };
  if (isWhole || bytes.length <= start) return { kind: 'response', status, headers, body: bytes };
  return { kind: 'response', status, headers, body: bytes.subarray(0, start), isCut: true };
}

function answer(result: OutboundResult, verb: CrmVerb): CallOutcome<CrmAnswer> {
  repeatsSecret(result, verb, SENT);
  return redactSecrets(classifyAnswer(result, verb, Date.now()), SENT);
}

async function take(kind: ConnectorKind, one: Case, verb: CrmVerb): Promise<number> {
  const result = resultOf(one, verb);
  const key = kind.keys(ZENA)[0];
  const http = { request: () => Promise.resolve(answer(result, verb)) };
  const began = performance.now();
  if (verb === 'verify') await mriVault.authenticate(http);
  if (verb === 'find' && key !== undefined) await kind.find(http, key);
  if (verb === 'list') await kind.changes?.(http, 0, 20_000);
  if (verb === 'update') await kind.parts.core.update(http, 'c', { fields: ZENA, changed: [], held: {} });
  if (verb === 'read') {
    const read = await kind.read?.(http, 'c');
    if (read?.kind === 'applied')
      mergeFields({
        zena: ZENA,
        sharings: kind.sharings,
        held: read.value.fields,
        ours: NOTHING_OURS,
        heldBefore: null,
      });
  }
  return performance.now() - began;
}

const { contact } = mriVault.kinds;
if (contact === undefined) throw new TypeError('the connector has no contacts');
const rows: { what: string; ms: number }[] = [];
for (const one of CASES) {
  for (const verb of ['verify', 'find', 'list', 'read', 'update'] as const) {
    let ms = Number.POSITIVE_INFINITY;
    // The least of some: other programs of the machine only ever make it longer.
    for (let round = 0; round < ROUNDS; round += 1) ms = Math.min(ms, await take(contact, one, verb));
    rows.push({ what: `${verb}: ${one.what}`, ms });
  }
}
const longest = rows.toSorted((a, b) => b.ms - a.ms);
for (const { what, ms } of longest.slice(0, 15))
  process.stdout.write(`${ms.toFixed(1).padStart(7)} ms  ${what}\n`);
const over = longest.filter(({ ms }) => ms > LIMIT_MS);
process.stdout.write(
  `${rows.length} answers, ${over.length} of them hold the loop for more than ${LIMIT_MS} ms\n`,
);
process.exitCode = over.length === 0 ? 0 : 1;
