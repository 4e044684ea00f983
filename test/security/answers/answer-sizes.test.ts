import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CRM_VERBS, type CrmVerb } from '../../../src/connectors/connector.port.ts';
import { answerLimits } from '../../../src/wire/answer-limits.ts';
import { type ClosableTransport, createAxiosTransport } from '../../../src/wire/axios-transport.ts';
import { classifyAnswer } from '../../../src/wire/classify-answer.ts';
import { type ScriptedServer, startHttp } from '../../wire/scripted-server.ts';
import { NEVER_PARSED, PARSED, STRANGE_STARTS, type LargeAnswer } from '../attacks/large-answers.ts';

const JSON_TYPE = 'application/json';
const ON_RECORDS = CRM_VERBS.filter((verb) => verb !== 'verify');

let server: ScriptedServer | undefined;
let transport: ClosableTransport;

beforeEach(() => {
  transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }] });
});
afterEach(async () => {
  jest.restoreAllMocks();
  transport.close();
  await server?.close();
  server = undefined;
});

/** How the call ended, and what was handed to the parser for it. */
async function ask(verb: CrmVerb, status: number, type: string, body: string) {
  server = await startHttp((_request, response) => {
    response.on('error', () => {});
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const parse = jest.spyOn(JSON, 'parse');
  const { url } = server;
  const limits = answerLimits(verb);
  const result = await transport.send({
    method: 'GET',
    url,
    headers: {},
    deadlineMs: 10_000,
    bodyLimits: limits,
  });
  const bytes = result.kind === 'response' ? result.body.length : 0;
  const outcome = classifyAnswer(result, verb, 0);
  const parsed = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  await server.close();
  server = undefined;
  return { outcome, bytes, parsed };
}

describe('of what a probe is answered', () => {
  it.each([...NEVER_PARSED, ...PARSED])('nothing is parsed, and little is read: $what', async ({ body }) => {
    const { outcome, bytes, parsed } = await ask('verify', 200, JSON_TYPE, body);
    expect(outcome).toMatchObject({ kind: 'applied', value: { body: null } });
    expect(parsed).toBe(0);
    expect(bytes).toBeLessThanOrEqual(16 * 1024);
  });

  it('a page is told from what is none, however long it is', async () => {
    const page = `<!DOCTYPE html><html>${' '.repeat(5_000_000)}`;
    expect((await ask('verify', 200, JSON_TYPE, page)).outcome).toMatchObject({ code: 'ANSWER_NOT_JSON' });
    expect((await ask('verify', 200, 'text/html', page)).outcome).toMatchObject({ code: 'ANSWER_NOT_JSON' });
    expect((await ask('verify', 200, 'text/plain', 'x'.repeat(5_000_000))).outcome.kind).toBe('applied');
  });

  it('a refusal is one, however long it is', async () => {
    const body = `{"error":"no","more":"${'x'.repeat(5_000_000)}"}`;
    expect((await ask('verify', 401, JSON_TYPE, body)).outcome).toMatchObject({
      code: 'CREDENTIALS_REFUSED',
      answer: { form: 'json' },
    });
  });
});

describe('of an answer that is too much', () => {
  const each = ON_RECORDS.flatMap((verb) => NEVER_PARSED.map((large) => ({ verb, ...large })));

  it.each(each)('nothing is parsed, and nothing is taken from it: $verb, $what', async ({ verb, body }) => {
    const { outcome, parsed } = await ask(verb, 200, JSON_TYPE, body);
    expect(outcome.kind).toBe(verb === 'create' ? 'ambiguous' : 'retry_later');
    expect(parsed).toBe(0);
  });

  it.each(ON_RECORDS)('no sign says that it is done, or that nothing is there: %s', async (verb) => {
    const body = `[${'{"id":1},'.repeat(40_000)}{"id":1}]`;
    const { outcome } = await ask(verb, 200, JSON_TYPE, body);
    expect(outcome).toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(outcome).not.toHaveProperty('answer');
  });

  it.each(ON_RECORDS)('what the limits allow is read: %s', async (verb) => {
    const items = Array.from({ length: 500 }, (_, at) => ({ id: `c-${at}`, notes: 'x'.repeat(1_000) }));
    expect(await ask(verb, 200, JSON_TYPE, JSON.stringify(items))).toMatchObject({
      outcome: { kind: 'applied', value: { body: items } },
    });
  });
});

describe('of what comes with an error', () => {
  it.each([400, 401, 403, 404, 409, 429, 500, 503])('%i, no more than its start is read', async (status) => {
    const body = `{"message":"no","more":"${'x'.repeat(5_000_000)}"}`;
    const { outcome, bytes, parsed } = await ask('update', status, JSON_TYPE, body);
    expect(bytes).toBeLessThanOrEqual(64 * 1024);
    expect(parsed).toBe(0);
    expect(outcome).toMatchObject({ answer: { status, form: 'json' } });
  });

  it.each<[CrmVerb, number]>([
    ['update', 503],
    ['verify', 200],
  ])('one that never ends has ended: %s, %i', async (verb, status) => {
    server = await startHttp((_request, response) => {
      response.on('error', () => {});
      response.writeHead(status, { 'content-type': JSON_TYPE });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1_000)));
      };
      response.on('drain', more);
      more();
    });
    const closed = server.nextClose();
    const bodyLimits = answerLimits(verb);
    const { url } = server;
    const result = await transport.send({ method: 'GET', url, headers: {}, deadlineMs: 4_000, bodyLimits });
    expect(result).toMatchObject({ kind: 'response', status, isCut: true });
    await closed;
  });

  it('many values are as one that goes on', async () => {
    const body = `{"errors":[${'1,'.repeat(20_000)}1]}`;
    const { outcome, parsed } = await ask('update', 400, JSON_TYPE, body);
    expect(parsed).toBe(0);
    expect(outcome).toMatchObject({ kind: 'rejected', fields: [], answer: { form: 'json' } });
  });

  it('what is no error of a CRM’s own is foreign, also where it goes on', async () => {
    for (const body of [`[${'1,'.repeat(40_000)}1]`, `"${'x'.repeat(80_000)}"`, '1'.repeat(80_000)]) {
      expect((await ask('update', 404, JSON_TYPE, body)).outcome).toMatchObject({
        answer: { form: 'broken' },
      });
    }
  });

  it.each(STRANGE_STARTS)('how it begins is looked at in one go: $what', async ({ body }: LargeAnswer) => {
    for (const [verb, status] of [
      ['verify', 200],
      ['update', 503],
    ] as const) {
      const { outcome } = await ask(verb, status, 'text/plain', body);
      const form = outcome.kind === 'applied' ? 'text' : outcome.answer?.form;
      expect(form).toBe('text');
    }
  });

  it.each([
    '<!doctype HTML>',
    '\n <!-- a --> <!-- b -->\n<html>',
    '<?xml version="1.0"?>\n<!-- a -->\n<HTML lang="en">',
    '<Body>',
    '<head\n>',
  ])('a page is known by its beginning: %j', async (body) => {
    expect((await ask('update', 503, 'text/plain', body)).outcome).toMatchObject({
      answer: { form: 'html' },
    });
  });

  it.each(['<heading>', '<!-- <html>', 'x <html>', '<?xml <html>', '<p><html>'])(
    'nor is it: %j',
    async (body) => {
      expect((await ask('update', 503, 'text/plain', body)).outcome).toMatchObject({
        answer: { form: 'text' },
      });
    },
  );
});

describe('of the head', () => {
  it('no more lines are carried along than anybody sends', async () => {
    const respond = (response: ServerResponse) => {
      for (let at = 0; at < 2_500; at += 1) response.setHeader(`h${at}`, '1');
      response.end('{}');
    };
    server = await startHttp((_request, response) => respond(response));
    const { url } = server;
    const result = await transport.send({ method: 'GET', url, headers: {}, deadlineMs: 10_000 });
    expect(result.kind === 'response' && Object.keys(result.headers).length).toBeLessThanOrEqual(200);
  });
});
