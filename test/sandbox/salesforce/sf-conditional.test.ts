import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSfSandbox, type SfInProcess } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { callSf, errorOf } from '../sf-caller.ts';
import { object } from '../vault-caller.ts';

let sandbox: SfInProcess;
let path: string;

beforeEach(async () => {
  sandbox = createSfSandbox();
  const made = await callSf(sandbox, 'POST', '/sobjects/Contact', { body: { LastName: 'Able' } });
  path = `/sobjects/Contact/${String(object(made.body)['id'])}`;
});

afterEach(() => sandbox.close());

const BEFORE = 'Thu, 01 Jan 2015 00:00:00 GMT';
const LATER = 'Fri, 01 Jan 2100 00:00:00 GMT';

describe('a request on condition of a time', () => {
  it.each([
    ['PATCH', { body: { LastName: 'Baker' } }],
    ['DELETE', {}],
  ])('%s leaves a record that was changed since', async (method, call) => {
    const headers = { 'if-unmodified-since': BEFORE };
    expect(errorOf(await callSf(sandbox, method, path, { ...call, headers }))).toEqual([
      412,
      'PRECONDITION_FAILED',
      undefined,
    ]);
    expect((await callSf(sandbox, 'GET', path)).body).toMatchObject({ LastName: 'Able' });
    const kept = await callSf(sandbox, method, path, { ...call, headers: { 'if-unmodified-since': LATER } });
    expect(kept.status).toBe(204);
  });

  it.each([
    [LATER, 304],
    [BEFORE, 200],
    ['no time', 200],
  ])('tells by %s whether a record is to be read again', async (time, status) => {
    const headers = { 'if-modified-since': time };
    expect((await callSf(sandbox, 'GET', path, { headers })).status).toBe(status);
    // The time is a read's business.
    const write = await callSf(sandbox, 'PATCH', path, { headers, body: { LastName: 'C' } });
    expect(write.status).toBe(204);
  });
});
