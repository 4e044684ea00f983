import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiHarness, type CallOptions, CREDENTIALS, startApi } from '../api-harness.ts';
import { incomingChange } from '../incoming-change.ts';
import { expectRefusal } from '../refusals.ts';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A body that is taken, for every route that takes one. */
const BODIES: Readonly<Record<string, Json>> = {
  'POST /api/integrations/crm/:provider/connect': {
    credentials: CREDENTIALS,
    syncConfig: { syncContacts: true, syncDirection: 'push', deletions: 'created' },
  },
  'PATCH /api/integrations/crm/:provider': { syncDeals: true, syncConfig: { syncContacts: true } },
  'POST /api/ops/dead-letters/plan': {
    kind: 'decode',
    code: 'X',
    provider: 'p',
    userId: 'u',
    connectionId: 'c',
    entity: 'deal',
    entityId: 'd',
    from: '2026-01-01T00:00:00Z',
    ids: ['a'],
    statuses: ['open'],
  },
  'POST /api/ops/dead-letters/discard': { kind: 'decode', ids: ['a'], statuses: ['open'] },
  'POST /api/ops/dead-letters/replay': { planId: 'p' },
  'POST /api/ops/keys/rotate': { keyId: 'k' },
  'POST /api/integrations/crm/:provider/callback': { code: 'c', state: 's' },
  'POST /api/integrations/crm/:provider/authorize': { credentials: { loginUrl: 'https://a.example' } },
  'POST /api/ops/erase': { userId: 'u', dryRun: true },
  'POST /api/session': { code: 'c' },
  'POST /api/changes': [],
};
/** Neither is answered in full. */
const STREAMS = /\/events$/;
const IDS: Readonly<Record<string, string>> = { provider: 'mri_vault', entity: 'contact', entityId: 'c1' };

let api: ApiHarness;
beforeAll(async () => {
  api = await startApi();
  await api.connect();
});
afterAll(() => api.close());

const routes = () =>
  api.app.declaredRoutes.filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/api/'));
const fill = (url: string, over: Readonly<Record<string, string>> = {}) =>
  url.replace(/:(\w+)/g, (_, name: string) => over[name] ?? IDS[name] ?? `no-${name}`);

let caller = 0;
/** As another user every now and then, so that no limit answers in place of a check. */
async function call(method: string, path: string, options: CallOptions = {}) {
  caller += 1;
  const scopes = ['ops', 'changes:write', 'metrics'];
  const answer = await api.call(method, path, {
    as: `user-${String(Math.floor(caller / 50))}`,
    scopes,
    ...options,
  });
  return { ...answer, type: answer.headers.get('content-type') };
}

/** Every object in a value, as a way of putting another in its place. */
function objectsOf(
  value: Json,
  put: (other: Json) => Json,
): ((change: (text: string) => string) => string)[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => objectsOf(item, (other) => put(value.with(at, other))));
  }
  const here = (change: (text: string) => string) =>
    JSON.stringify(put('\u0001')).replace('"\\u0001"', change(JSON.stringify(value)));
  const members = Object.entries(value).flatMap(([name, member]) =>
    objectsOf(member, (other) => put({ ...value, [name]: other })),
  );
  return [here, ...members];
}

/** Every leaf in a value, replaced by what is of another type. */
function* wrongTypes(value: Json, put: (other: Json) => Json): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) {
    const others: Json[] = [{ $ne: null }, { $gt: '' }, [value], [], {}, 1.5];
    others.push(...(typeof value === 'string' ? [1, true] : [String(value), Number(value), 'yes']));
    for (const other of others) yield [JSON.stringify(other), put(other)];
  } else if (Array.isArray(value)) {
    for (const other of [{ $in: value }, { length: 1, 0: 'a' }, 'a', null])
      yield [JSON.stringify(other), put(other)];
    for (const [at, item] of value.entries()) yield* wrongTypes(item, (other) => put(value.with(at, other)));
  } else {
    for (const [name, member] of Object.entries(value))
      yield* wrongTypes(member, (other) => put({ ...value, [name]: other }));
  }
}

describe('a body', () => {
  it('is known here for every route that takes one', async () => {
    const document = (await api.call('GET', '/openapi.json')).json as unknown as {
      paths: Record<string, Record<string, { requestBody?: object }>>;
    };
    const taking = routes().filter(({ method, url }) => {
      const operation = document.paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      return operation?.requestBody !== undefined;
    });
    expect(taking.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(Object.keys(BODIES).sort());
  });

  it('with a field that nobody knows is refused, at every level, and so is one that reaches for a prototype', async () => {
    const fields = [
      ...['"unknown":1', '"$where":"1"', '"$ne":null', '"toString":1', '"hasOwnProperty":1'],
      ...['"__proto__":{"admin":true}', '"__proto__":null', '"constructor":{"prototype":{"admin":true}}'],
      ...['"prototype":{}', '"\\u005f_proto__":{"admin":true}', '"":1', '"a.b":1'],
    ];
    let checked = 0;
    for (const [route, body] of Object.entries(BODIES)) {
      const [method = '', url = ''] = route.split(' ');
      for (const into of objectsOf(body, (other) => other)) {
        for (const field of fields) {
          const text = into((object) => object.replace(/^\{/, object === '{}' ? `{${field}` : `{${field},`));
          expect(() => JSON.parse(text) as unknown).not.toThrow();
          expectRefusal(`${route} ${text}`, await call(method, fill(url), { body: text }), [400]);
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(90);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  }, 60_000);

  it('with another type is refused: nothing is converted, and no operator is taken', async () => {
    let checked = 0;
    for (const [route, body] of Object.entries(BODIES)) {
      const [method = '', url = ''] = route.split(' ');
      for (const [what, wrong] of wrongTypes(body, (other) => other)) {
        // An empty object is a valid filter and an empty list of changes none.
        if (what === JSON.stringify(body)) continue;
        expectRefusal(
          `${route} ${JSON.stringify(wrong)}`,
          await call(method, fill(url), { body: wrong }),
          [400],
        );
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(190);
  }, 60_000);

  it('is refused where none is taken', async () => {
    for (const { method, url } of routes()) {
      if (method === 'GET' || `${method} ${url}` in BODIES) continue;
      for (const body of [{ $ne: null }, [1], '"text"', 'true', '1'])
        expectRefusal(`${method} ${url}`, await call(method, fill(url), { body }), [400]);
    }
  });
});

describe('changes of Zena', () => {
  const rejected = async (items: string) => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await call('POST', '/api/changes', { body: items, headers });
    return answer;
  };

  it('reach no prototype, whatever their fields are called', async () => {
    const change = JSON.stringify(incomingChange('proto-1'));
    const attributes = '"attributes":{"__proto__":"x","constructor":"y","toString":"z"}';
    const lines = [
      change.replace('{', '{"__proto__":{"admin":true},'),
      change.replace('"name":"Ada"', `"name":"Ada",${attributes}`),
      `{"__proto__":${change}}`,
      '{"constructor":{"prototype":{"admin":true}}}',
    ];
    const answer = await rejected(lines.join('\n'));
    expect(answer.status).toBe(202);
    expect(answer.json['rejected']).toMatchObject([{ index: 2 }, { index: 3 }]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it.each([
    ['"__proto__":{"admin":true}'],
    ['"constructor":{"prototype":{"admin":true}}'],
    ['"contact":{"attributes":{"__proto__":"x"}}'],
  ])('stop no others where JSON reaches for a prototype: %s', async (field) => {
    const others = [incomingChange('proto-3'), incomingChange('proto-4')].map((one) => JSON.stringify(one));
    const reaching = JSON.stringify(incomingChange('proto-2')).replace(/\}$/, `,${field}}`);
    const body = `[${others[0]},${reaching},${others[1]}]`;
    const answer = await call('POST', '/api/changes', { body });
    expect(answer.status).toBe(202);
    const { accepted, stale, rejected: none } = answer.json;
    expect(Number(accepted) + Number(stale ?? 0) + (none as Json[]).length).toBe(3);
    for (const { index } of answer.json['rejected'] as { index: number }[]) expect(index).toBe(1);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('are refused as a whole where they are no JSON or too deep', async () => {
    for (const body of ['[', '{"a":1}x', `[${'['.repeat(70)}${']'.repeat(70)}]`]) {
      const answer = await call('POST', '/api/changes', { body });
      expectRefusal(body, answer, [400]);
      expect(answer.json['reason']).toBe('unreadable');
    }
  });

  it('of other types are rejected one by one', async () => {
    const change = incomingChange('c-1') as unknown as Json;
    const wrong = [...wrongTypes(change, (other) => other)].map(([, item]) => item);
    const answer = await call('POST', '/api/changes', { body: wrong });
    expect([202, 422]).toContain(answer.status);
    const taken = Number(answer.json['accepted'] ?? 0) + Number(answer.json['stale'] ?? 0);
    // Times may be numbers and lists may be empty; nothing else has two types.
    expect(taken).toBeLessThan(wrong.length / 4);
    expect(answer.text).not.toMatch(/TypeError|\bat [\w.]+ \(/);
  });
});

describe('a query', () => {
  const HOSTILE = [
    ...['unknown=1', '$where=1', '__proto__=1', '__proto__[admin]=1', 'constructor[prototype][admin]=1'],
    ...[
      'constructor=1',
      'limit[$gt]=1',
      'limit=1&limit=2',
      'limit[]=1',
      'limit=1.0',
      'limit=-1',
      'limit=0x10',
    ],
    ...[
      'limit=201',
      'limit=%31%00',
      'limit=',
      'cursor=%00',
      'cursor=a&cursor=b',
      'cursor[$ne]=x',
      'limit=1;x=2',
    ],
    ...['toString=1', '=1', 'a.b=1'],
  ];

  it('with what nobody knows, twice the same, or an operator is refused by every route', async () => {
    for (const { method, url } of routes()) {
      // A CRM sends a browser there with what it likes; nothing of it is looked at here.
      if (method === 'GET' && url.endsWith('/callback')) continue;
      for (const query of HOSTILE) {
        const what = `${method} ${url}?${query}`;
        const body = BODIES[`${method} ${url}`];
        const options = body === undefined ? {} : { body };
        expectRefusal(what, await call(method, `${fill(url)}?${query}`, options), [400]);
      }
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  }, 60_000);

  it('with any text in it is never a surprise', async () => {
    const texts = [
      '%00',
      '%0d%0aset-cookie:%20x=1',
      '%ff%fe',
      '%ed%a0%80',
      "'%20OR%201=1--",
      '%25_%5c',
      '*',
      '\u202e',
    ];
    texts.push('(a+)+$', 'a'.repeat(200), '{"$ne":null}', '%F0%9F%92%A9');
    const lists = {
      '/api/integrations/crm/mri_vault/records': ['q'],
      '/api/ops/dead-letters': ['userId', 'connectionId', 'entityId', 'provider'],
      '/api/ops/audit': ['userId', 'resourceId'],
    };
    for (const [path, names] of Object.entries(lists)) {
      for (const name of names) {
        for (const text of texts) {
          const answer = await call('GET', `${path}?${name}=${text}`, { as: 'user-1' });
          expect({ path, name, text, status: [200, 400].includes(answer.status) }).toMatchObject({
            status: true,
          });
          if (answer.status === 400) expectRefusal(`${path} ${name}=${text}`, answer, [400]);
          expect(answer.headers.get('set-cookie')).toBeNull();
        }
      }
    }
  });
});

describe('a part of a path', () => {
  const HOSTILE = [
    ...[
      '..',
      '.',
      '%2e%2e',
      '..%2f..%2fetc%2fpasswd',
      '%2f',
      '%5c..%5c',
      '%00',
      'a%00b',
      '%0d%0alocation:%20x',
    ],
    ...[
      '__proto__',
      'constructor',
      'toString',
      '$ne',
      '{"$ne":null}',
      '%7b%22$gt%22:%22%22%7d',
      '*',
      '%25',
      '%2525',
    ],
    ...[
      'a'.repeat(1_000),
      'a'.repeat(3_000),
      '%c3%28',
      '%ed%a0%80',
      '%',
      '%zz',
      '%E2%80%AE',
      '-1',
      'null',
      ' ',
    ],
  ];

  it('that names nothing is not found, whatever it says, on every route', async () => {
    for (const { method, url } of routes()) {
      if (STREAMS.test(url) && !url.includes(':')) continue;
      for (const [, name = ''] of url.matchAll(/:(\w+)/g)) {
        for (const text of HOSTILE) {
          const body = BODIES[`${method} ${url}`];
          const path = fill(url, { [name]: text });
          // What a client resolves by itself is another path: `..` never comes here as such.
          if (new URL(path, api.url).pathname.split('/').length !== path.split('/').length) continue;
          const answer = await call(method, path, { as: 'user-1', ...(body !== undefined && { body }) });
          expectRefusal(`${method} ${path}`, answer, [400, 404, 414]);
          expect(answer.headers.get('location')).toBeNull();
        }
      }
    }
  }, 90_000);

  it('with a slash in it stays one part', async () => {
    for (const path of [
      '/api%2fops%2fworkers',
      '/api/ops%2Fworkers',
      '/api/./ops//workers',
      '//api/ops/workers',
      '/API/ops/workers',
    ]) {
      const { hostname, port } = new URL(api.url);
      const answer = await fetch(`http://${hostname}:${port}${path}`);
      expect({ path, status: answer.status }).not.toMatchObject({ status: 200 });
    }
  });
});

describe('every answer', () => {
  it('allows no other site to read it or to frame it, whatever it is', async () => {
    const headers = { origin: 'https://evil.example' };
    const answers = [
      await call('GET', '/api/integrations/crm/user', { headers }),
      await call('GET', '/api/integrations/crm/user', { as: null, headers }),
      await call('OPTIONS', '/api/integrations/crm/user', {
        headers: { ...headers, 'access-control-request-method': 'DELETE' },
      }),
      await call('GET', '/nothing', { headers }),
      await call('GET', '/', { as: null, headers }),
      await call('GET', '/problems/CONFLICT', { as: null, headers }),
      await call('POST', '/api/session', { as: null, headers }),
    ];
    for (const { headers: got } of answers) {
      expect(got.get('access-control-allow-origin')).toBeNull();
      expect(got.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(got.get('x-frame-options')).toBe('DENY');
      expect(got.get('x-content-type-options')).toBe('nosniff');
      expect(got.get('referrer-policy')).toBe('no-referrer');
      expect(got.get('x-powered-by') ?? got.get('server')).toBeNull();
    }
  });

  it('takes no other method than that of the request', async () => {
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      await call('POST', '/api/integrations/crm/mri_vault/test', {
        as: 'user-1',
        headers: { [name]: 'DELETE' },
      });
    expect((await api.connection()).status).toBe('active');
  });
});
