import { expect, it } from '@jest/globals';
import { emptyReply } from '../../../src/sandbox/kit/http/http-reply.ts';
import { createRouter } from '../../../src/sandbox/vaultre/vaultre-router.ts';

const handler = () => emptyReply(204);
const route = createRouter('/api', {
  'GET /contacts/{id}': handler,
  'GET /contacts/notes': handler,
  'GET /contacts/{contactid}/notes/{id}': handler,
});

it.each([
  ['GET', '/api/contacts/7', 'GET /contacts/{id}', { id: '7' }],
  ['GET', '/api/contacts/notes', 'GET /contacts/notes', {}],
  [
    'GET',
    '/api/contacts/7/notes/a%2Fb',
    'GET /contacts/{contactid}/notes/{id}',
    { contactid: '7', id: 'a/b' },
  ],
])('tells %s %s by what is spelled out before what has a name', (method, path, name, params) => {
  expect(route(method, path)).toMatchObject({ name, params });
});

it.each([
  ['POST', '/api/contacts/7'],
  ['GET', '/other/contacts/7'],
  ['GET', '/api/contacts'],
])('knows no %s %s', (method, path) => {
  expect(route(method, path)).toBeNull();
});
