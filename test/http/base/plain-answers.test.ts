import { describe, expect, it } from '@jest/globals';
import Type from 'typebox';
import { plainAnswer } from '../../../src/http/base/plain-answers.ts';
import { startApi } from '../api-harness.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

describe('a schema of an answer', () => {
  it('says of what may be null that it may, at any depth', () => {
    const inner = Type.Object({ at: orNull(Type.String({ description: 'when' })) });
    const schema = plainAnswer(Type.Object({ list: Type.Array(orNull(inner)) }));
    expect(schema).toMatchObject({
      properties: {
        list: {
          items: {
            type: 'object',
            nullable: true,
            properties: { at: { type: 'string', nullable: true, description: 'when' } },
          },
        },
      },
    });
    expect(JSON.stringify(schema)).not.toContain('anyOf');
  });

  it('says of several plain types that it is of one of these', () => {
    const schema = Type.Union([Type.String(), Type.Number(), Type.Null()]);
    expect(plainAnswer(schema)).toMatchObject({ type: ['string', 'number'], nullable: true });
    const word = Type.Union([Type.Literal('one'), Type.Literal('two')]);
    expect(plainAnswer(word)).toEqual({ type: 'string' });
  });

  it('stays where what it may be are different objects, or lists', () => {
    const schema = Type.Union([Type.Object({ a: Type.String() }), Type.Array(Type.String())]);
    expect(plainAnswer(schema)).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('leaves few things that are told by a validator, of all that the service answers, and none large', async () => {
    const api = await startApi();
    const { body } = await api.app.inject({ method: 'GET', url: '/openapi.json' });
    await api.close();
    const { paths } = JSON.parse(body) as { paths: Record<string, Record<string, { responses: object }>> };
    const told = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .filter(({ responses }) => JSON.stringify(plainAnswer(responses)).includes('"anyOf"'));
    // A run, or a preview, which is written as it stands; and what a replay's filter names, for operators: a text or a list of them.
    expect(told.map((operation) => (operation as { operationId?: string }).operationId)).toEqual([
      'syncIntegration',
      ...['planReplay', 'beginReplay', 'listReplays', 'getReplay', 'cancelReplay'],
    ]);
  });
});
