import { describe, expect, it } from '@jest/globals';
import { errorFields } from '../../src/runtime/error-fields.ts';
import type { LogFields } from '../../src/runtime/log-fields.ts';
import { createLogger, type LogLevel } from '../../src/runtime/logger.ts';

function logging(level: LogLevel = 'info') {
  const lines: string[] = [];
  let dropped = 0;
  const logger = createLogger({
    level,
    destination: { write: (line: string) => lines.push(line) },
    onDroppedField: () => dropped++,
  });
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, lines, records, dropped: () => dropped };
}

describe('the logger', () => {
  it('writes one JSON line with level, time, event and fields', () => {
    const { logger, lines, records } = logging();
    logger.info('worker.started', { mode: 'embedded', port: 8080, codes: ['a', 'b'], reason: undefined });
    expect(lines).toHaveLength(1);
    expect(records()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      event: 'worker.started',
      mode: 'embedded',
      port: 8080,
      codes: ['a', 'b'],
    });
  });

  it('drops and counts every field that is not on its list, and every value that is not plain', () => {
    const { logger, records, dropped } = logging();
    const sneaked: Record<string, unknown> = {
      provider: 'mri_vault',
      apiKey: 'CANARY',
      headers: { authorization: 'CANARY' },
      reason: { nested: 'CANARY' },
      __proto__: null,
    };
    logger.warn('crm.call', sneaked);
    logger.child({ body: 'CANARY' } as LogFields).error('crm.call');
    expect(JSON.stringify(records())).not.toContain('CANARY');
    expect(records()[0]).toMatchObject({ provider: 'mri_vault' });
    expect(dropped()).toBe(4);
  });

  it('takes secrets and people out of the values', () => {
    const { logger, lines } = logging();
    const texts = [
      'failed with Authorization: Bearer CANARY.abc',
      'mongodb://user:CANARY@p@h1:27017,h2/db?w=1 is away',
      'https://crm.example/contacts/search?email=CANARY',
      'token eyJhbGciCANARY.eyJzdWIi.c2ln refused',
      '{"apiKey":"CANARY","x":1} and api_key=CANARY&y and "access-token": "CANARY"',
      'unknown contact CANARY.name+tag@example.co.uk',
    ];
    for (const text of texts) logger.error('x', { message: text });
    expect(lines.join('')).not.toContain('CANARY');
    expect(lines.join('')).toContain('https://crm.example/contacts/search');
    expect(lines[1]).toContain('mongodb://h1:27017,h2/db');
  });

  it('keeps forged lines and escape codes inside their value', () => {
    const { logger, lines } = logging();
    logger.info('x', { message: 'a\n{"level":"error"}\u001b[31m' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
  });

  it('limits the length of values and lists, however long they are', () => {
    const { logger, lines } = logging();
    const started = Date.now();
    logger.info('x', { message: 'a'.repeat(5_000_000), codes: Array.from({ length: 5_000 }, () => 'code') });
    expect(lines[0]?.length).toBeLessThan(2_000);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it("carries a child's fields on every line", () => {
    const { logger, records } = logging();
    logger.child({ workerId: 'w1' }).child({ shard: 3 }).info('x', { epoch: 2 });
    expect(records()[0]).toMatchObject({ workerId: 'w1', shard: 3, epoch: 2 });
  });

  it('is silent below its level', () => {
    const { logger, lines } = logging('warn');
    logger.debug('x');
    logger.info('x');
    expect(lines).toEqual([]);
    const silent = logging('silent');
    silent.logger.error('x');
    expect(silent.lines).toEqual([]);
  });
});

describe("an error's fields", () => {
  it('show the stack at level debug only', () => {
    for (const [level, shown] of [
      ['info', false],
      ['debug', true],
    ] as const) {
      const { logger, records, dropped } = logging(level);
      logger.error('x', errorFields(new RangeError('odd')));
      expect(records()[0]).toMatchObject({ errorName: 'RangeError', errorMessage: 'odd' });
      expect('errorStack' in (records()[0] ?? {})).toBe(shown);
      expect(dropped()).toBe(0);
    }
  });

  it('never show what hangs on an error', () => {
    const error = Object.assign(new Error('Request failed'), {
      code: 'ERR_BAD_REQUEST',
      config: { headers: { Authorization: 'Bearer CANARY' } },
      response: { data: 'CANARY' },
    });
    const fields = errorFields(error);
    expect(fields).toMatchObject({
      errorName: 'Error',
      errorCode: 'ERR_BAD_REQUEST',
      errorMessage: 'Request failed',
    });
    expect(JSON.stringify(fields)).not.toContain('CANARY');
  });

  it('name the cause, also the first of several', () => {
    const cause = Object.assign(new Error('connect to https://u:CANARY@h/?k=CANARY'), {
      code: 'ECONNREFUSED',
    });
    expect(errorFields(new Error('away', { cause }))).toMatchObject({
      errorCode: 'ECONNREFUSED',
      errorCause: 'Error: connect to https://h/?…',
    });
    expect(errorFields(new AggregateError([cause]))).toMatchObject({ errorCode: 'ECONNREFUSED' });
  });

  it('make do with what is no error', () => {
    expect(errorFields('password=CANARY')).toEqual({ errorName: 'string', errorMessage: 'password=…' });
    expect(errorFields(null)).toEqual({ errorName: 'object', errorMessage: 'null' });
  });
});
