import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeService, startFakeService } from './fake-service.ts';
import { runOnTerminal } from './run-program.ts';

/** A name that a CRM or a change event may bring along. */
const NAME = 'Zoe\u009b2J\u0085\u202eevil\u2066\u2069\u001b[2J\u0007\u007f';
// eslint-disable-next-line no-control-regex -- what must not come out
const ACTED_ON = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

let service: FakeService;
beforeEach(async () => {
  const failure = { detail: NAME, fields: [{ field: NAME, message: NAME }] };
  const names = { title: NAME, state: NAME, remoteId: NAME };
  const record = { provider: 'mri_vault', entity: 'contact', entityId: 'c1', ...names, failure };
  service = await startFakeService(({ url }) => {
    if (url.includes('/records')) return { body: { data: [record], nextCursor: null } };
    const problem = { title: NAME, detail: NAME, status: 400, code: 'VALIDATION_FAILED', requestId: NAME };
    return { status: 400, headers: { 'content-type': 'application/problem+json' }, body: problem };
  });
});
afterEach(() => service.close());

describe('what others wrote', () => {
  it.each(['text', 'json', 'ndjson'])('does nothing to a terminal that shows it as %s', async (format) => {
    const { stdout, stderr } = await runOnTerminal(['records', 'mri_vault', '--output', format], {
      env: service.env,
      typed: [],
    });
    expect(stdout).toContain('Zoe');
    expect(stdout + stderr).not.toMatch(ACTED_ON);
    const [item] = format === 'text' ? [] : ([JSON.parse(stdout)].flat() as { title: string }[]);
    if (format !== 'text') expect(item?.title).toBe(NAME);
  });

  it('does nothing to it as words of a failure, or as an argument', async () => {
    for (const args of [['connections'], ['status'], [`${NAME}`], ['records', NAME], ['--output', NAME]]) {
      const { stdout, stderr } = await runOnTerminal(args, { env: { ...service.env, NO_COLOR: '1' } });
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(ACTED_ON);
    }
  });
});
