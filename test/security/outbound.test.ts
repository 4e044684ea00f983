import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createAxiosTransport, type ClosableTransport } from '../../src/wire/axios-transport.ts';
import { createSocketOpener } from '../../src/wire/open-socket.ts';
import { type Answer, startRunningService, type RunningService } from '../support/running-service.ts';
import { type DnsServer, startDnsServer } from './attacks/dns-server.ts';
import { NAME_ATTACKS } from './attacks/name-attacks.ts';
import { ADDRESS_ATTACKS } from './attacks/outbound-corpus.ts';
import { watchNetwork, type WatchedNetwork } from './watched-network.ts';

const CONNECT = '/api/integrations/crm/mri_vault/connect';
const API_KEY = 'attack-key-0123456789';
/** Fewer than what one user may try in a minute. */
const TRIES_OF_ONE = 100;

const answers = new Map(NAME_ATTACKS.map(({ name, answer }) => [name, answer]));
const ownPorts = new Set<string>();

let network: WatchedNetwork;
let dns: DnsServer;
let running: RunningService;
let transport: ClosableTransport;
let tries = 0;

beforeAll(async () => {
  network = await watchNetwork((target) => ownPorts.has(target.replace(/^.*:/, '')));
  dns = await startDnsServer((name) => answers.get(name) ?? null);
  const { resolve } = dns;
  running = await startRunningService({}, {}, { resolve });
  for (const { url } of [running.service, running.sandbox]) ownPorts.add(new URL(url).port);
  transport = createAxiosTransport({ allowed: [], resolve });
});
afterAll(async () => {
  transport.close();
  await running.stop();
  await dns.close();
  await network.close();
});

const untouched = () => ({ attempts: [...network.attempts], accepted: network.accepted });
const NOTHING = { attempts: [], accepted: 0 };

function connect(instanceUrl: string): Promise<Answer> {
  tries += 1;
  const userId = `attacker-${Math.floor(tries / TRIES_OF_ONE)}`;
  return running.call('POST', CONNECT, { credentials: { apiKey: API_KEY, instanceUrl } }, { userId });
}

const withoutId = ({ status, body }: Answer) => ({ status, body: { ...body, requestId: '' } });
const send = (url: string) => transport.send({ method: 'GET', url, headers: {}, deadlineMs: 5_000 });

describe.each([...Map.groupBy(ADDRESS_ATTACKS, (attack) => attack.class)])(
  'an address that is refused by its text: %s',
  (_class, attacks) => {
    it.each(attacks)('$url', async ({ url }) => {
      const asked = dns.asked.length;
      const address = url.replaceAll('PORT', String(network.port));
      const answer = await connect(address);
      expect(answer).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED', retryable: false } });
      const { errors } = answer.body as { errors: unknown };
      const fault = {
        pointer: '/credentials/instanceUrl',
        code: expect.any(String),
        detail: expect.any(String),
      };
      expect(errors).toEqual([fault]);
      expect(dns.asked).toHaveLength(asked);
      // What comes before a ? or # may be a name like any other: then it is the name that leads nowhere.
      const { code } = (await send(`${address}/api/v1/auth/verify`)) as { code?: string };
      expect(code).toMatch(/[?#]/.test(url) ? /^HOST_(?:REFUSED|NOT_FOUND)$/ : /^HOST_REFUSED$/);
      expect(untouched()).toEqual(NOTHING);
    });
  },
);

describe.each([...Map.groupBy(NAME_ATTACKS, (attack) => attack.class)])(
  'a name that leads astray: %s',
  (_class, attacks) => {
    it.each(attacks)('$name', async ({ name }) => {
      const unknown = withoutId(await connect('https://no-such-name.attack.test'));
      const answer = withoutId(await connect(`https://${name}`));
      expect(answer).toEqual(unknown);
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ code: 'HOST_NOT_REACHABLE' }] } });
      expect(dns.asked).toContain(name);
      expect(await send(`https://${name}/api/v1/auth/verify`)).toMatchObject({ code: 'HOST_REFUSED' });
      // The same at the very port where something does listen, which a URL could not name.
      const open = createSocketOpener({ resolve: dns.resolve });
      const target = new URL(`http://${name}:${network.port}`);
      const opened = await open(target, false, AbortSignal.timeout(30_000));
      expect(opened).toMatchObject({ ok: false, end: { code: 'HOST_REFUSED' } });
      expect(untouched()).toEqual(NOTHING);
    });
  },
);

describe('a redirect to a private address', () => {
  afterEach(() => running.sandbox.reset());

  it.each([301, 302, 303, 307, 308] as const)('with status %i is not followed', async (status) => {
    for (const location of [
      `http://127.0.0.1:${network.port}/`,
      '//[::1]/',
      'https://localhost/',
      '/other',
    ]) {
      running.sandbox.misbehave({
        match: { path: '/auth/verify' },
        fault: { kind: 'redirect', location, status },
      });
      const answer = await connect(running.sandbox.url);
      expect(answer).toMatchObject({ status: 502, body: { reason: 'unexpected_answer' } });
      expect(JSON.stringify(answer.body)).not.toContain(location);
      running.sandbox.reset();
    }
    expect(untouched()).toEqual(NOTHING);
  });
});

describe('the allow-list', () => {
  it.each([
    'http://127.0.0.1:SANDBOX@127.0.0.1:PORT',
    'http://127.0.0.1:SANDBOX.attack.test',
    'http://127.0.0.1:PORT/127.0.0.1:SANDBOX',
    'http://127.0.0.2:SANDBOX',
    'http://localhost:SANDBOX',
    'http://[::ffff:127.0.0.1]:SANDBOX',
    'http://127.0.0.1:SANDBOX\\@127.0.0.1:PORT',
    'http://127.0.0.1:SANDBOX#@127.0.0.1:PORT',
  ])('opens nothing but what is on it: %s', async (pattern) => {
    const sandbox = new URL(running.sandbox.url).port;
    const url = pattern.replace('PORT', String(network.port)).replace('SANDBOX', sandbox);
    const before = running.sandbox.counts();
    expect(await connect(url)).toMatchObject({ status: 422 });
    expect(running.sandbox.counts()).toEqual(before);
    expect(untouched()).toEqual(NOTHING);
  });
});

describe('the watch over the network', () => {
  it.each(['http', 'https'])('does see a connection where one is allowed, over %s', async (scheme) => {
    answers.set('allowed.attack.test', { a: ['127.0.0.1'] });
    const { port } = network;
    const before = network.accepted;
    const open = createAxiosTransport({
      allowed: [{ host: 'allowed.attack.test', port }],
      resolve: dns.resolve,
    });
    const url = `${scheme}://allowed.attack.test:${port}/`;
    const result = await open.send({ method: 'GET', url, headers: {}, deadlineMs: 5_000 });
    open.close();
    expect(result.kind).not.toBe('response');
    expect(network.accepted).toBe(before + 1);
    expect(network.attempts).toContain(`127.0.0.1:${port}`);
  });
});
