import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSocketOpener } from '../../src/wire/open-socket.ts';
import { type ScriptedServer, startTcp } from './scripted-server.ts';

const PRIVATE: LookupAddress = { address: '127.0.0.1', family: 4 };
const PUBLIC: LookupAddress = { address: '203.0.114.7', family: 4 };

/** Nothing here waits for it; a busy machine may take a while. */
const PLENTY_MS = 30_000;

let server: ScriptedServer;
beforeEach(async () => {
  server = await startTcp(() => {});
});
afterEach(() => server.close());

/** Opens to a public-looking name on the port of a real local listener, with the answers of a scripted resolver. */
const openWith = async (answer: readonly LookupAddress[], exempt = false, scheme = 'http') => {
  const opener = createSocketOpener({ resolve: () => Promise.resolve(answer) });
  const opened = await opener(
    new URL(`${scheme}://crm.example.com:${server.port}`),
    exempt,
    AbortSignal.timeout(PLENTY_MS),
  );
  if (opened.ok) opened.socket.destroy();
  return opened.ok ? 'opened' : opened.end.code;
};

describe('the addresses that a name leads to', () => {
  it.each<[string, readonly LookupAddress[]]>([
    ['a private address', [PRIVATE]],
    ['a public and a private one', [PUBLIC, PRIVATE]],
    ['a private and a public one', [PRIVATE, PUBLIC]],
    ['a public IPv4 and the local IPv6', [PUBLIC, { address: '::1', family: 6 }]],
    ['the metadata service', [{ address: '169.254.169.254', family: 4 }]],
    ['a mapped private address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['a translated private address', [{ address: '64:ff9b::7f00:1', family: 6 }]],
    ['what is no address', [{ address: 'localhost', family: 4 }]],
  ])('are refused at the socket for %s', async (_name, answer) => {
    expect(await openWith(answer)).toBe('HOST_REFUSED');
    expect(await openWith(answer, false, 'https')).toBe('HOST_REFUSED');
    expect(server.connections).toBe(0);
  });

  it('are looked at anew for every connection, so a name can’t turn private later', async () => {
    const answers = [[PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], [PRIVATE]];
    let at = 0;
    const asked: string[] = [];
    const opener = createSocketOpener({
      resolve: (hostname) => {
        asked.push(hostname);
        return Promise.resolve(answers[at++] ?? []);
      },
    });
    const url = new URL(`http://crm.example.com:${server.port}`);
    const codes: string[] = [];
    // The first is allowed, as a host would be that looked public when it was connected.
    for (const exempt of [true, false, false, false]) {
      const opened = await opener(url, exempt, AbortSignal.timeout(PLENTY_MS));
      if (opened.ok) opened.socket.destroy();
      codes.push(opened.ok ? 'opened' : opened.end.code);
    }
    expect(codes).toEqual(['opened', 'HOST_REFUSED', 'HOST_REFUSED', 'HOST_REFUSED']);
    expect(asked).toHaveLength(4);
    expect(server.connections).toBe(1);
  });

  it('may be private for an allow-listed host', async () => {
    expect(await openWith([PRIVATE], true)).toBe('opened');
  });

  it('must exist', async () => {
    expect(await openWith([])).toBe('HOST_NOT_FOUND');
    expect(await openWith([], true)).toBe('HOST_NOT_FOUND');
  });
});
