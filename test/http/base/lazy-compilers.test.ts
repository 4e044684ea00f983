import { afterEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import type { App } from '../../../src/http/base/app-types.ts';
import { createLazyCompilers } from '../../../src/http/base/lazy-compilers.ts';
import { startApi } from '../api-harness.ts';

let app: App;
afterEach(() => app.close());

const GOOD = { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false };
const BROKEN = { type: 'no such type' };

/** One route whose body and answer are as these schemas say. */
function serverOf(body: object, answer: object): App {
  const compilers = createLazyCompilers();
  app = fastify({
    schemaController: { compilersFactory: compilers.factories },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  compilers.registerOn(app);
  const schema = { body, response: { 200: answer } };
  app.post('/', { schema }, (_request, reply) => reply.send({ name: 'Ada', secret: 'kept' }));
  return app;
}

const post = async (payload: object) => {
  const { statusCode, json } = await app.inject({ method: 'POST', url: '/', payload });
  return [statusCode, json()] as const;
};

describe('schemas that are compiled when they are first needed', () => {
  it('check and write what they are for, from the first request on', async () => {
    serverOf(GOOD, GOOD);
    for (const _again of [1, 2]) {
      const refused = expect.objectContaining({ message: 'body/name must be string' });
      expect(await post({ name: 1 })).toEqual([400, refused]);
      expect(await post({ name: 'x' })).toEqual([200, { name: 'Ada' }]);
    }
  });

  it.each([
    ['a body', BROKEN, GOOD],
    ['an answer', GOOD, BROKEN],
  ])('hold no start up where that of %s is broken, and are found all the same', async (_of, body, answer) => {
    await serverOf(body, answer).ready();
    expect(() => app.compileSchemas()).toThrow(/no such type|type must be/);
  });

  it('can all be compiled, of every route of the service', async () => {
    const api = await startApi();
    ({ app } = api);
    expect(() => app.compileSchemas()).not.toThrow();
    await api.close();
  });
});
