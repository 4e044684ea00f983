import { afterEach, describe, expect, it } from '@jest/globals';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { createSfSandbox, type SfInProcess } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { callSf, errorOf } from '../sf-caller.ts';
import { object } from '../vault-caller.ts';

let sandbox: SfInProcess;

afterEach(() => sandbox.close());

const part = (head: string, type: string, content: string): string =>
  `--BOUND\r\nContent-Disposition: form-data; ${head}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;

describe('a job that comes with its file', () => {
  it.each(['BOUND', '"BOUND"'])('is closed at once, with boundary=%s', async (boundary) => {
    const clock = createVirtualClock();
    sandbox = createSfSandbox({ clock });
    const job = JSON.stringify({ object: 'Contact', operation: 'insert', contentType: 'CSV' });
    const text = `${part('name="job"', 'application/json', job)}${part('name="content"; filename="content"', 'text/csv', 'LastName\nAble\nBaker\n')}--BOUND--\r\n`;
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    const made = await callSf(sandbox, 'POST', '/jobs/ingest', { text, headers });
    expect([made.status, object(made.body)['state']]).toEqual([200, 'UploadComplete']);
    await clock.advance(600_000);
    const id = String(object(made.body)['id']);
    expect((await callSf(sandbox, 'GET', `/jobs/ingest/${id}`)).body).toMatchObject({
      state: 'JobComplete',
      numberRecordsProcessed: 2,
      numberRecordsFailed: 0,
    });
    expect(sandbox.records('Contact').map((row) => row['LastName'])).toEqual(['Able', 'Baker']);
  });

  it('is refused without both of its parts', async () => {
    sandbox = createSfSandbox();
    const text = `${part('name="job"', 'application/json', '{}')}--BOUND--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=BOUND' };
    const refused = await callSf(sandbox, 'POST', '/jobs/ingest', { text, headers });
    expect(errorOf(refused)).toEqual([400, 'JSON_PARSER_ERROR', undefined]);
    expect(sandbox.records('Contact')).toEqual([]);
  });
});
