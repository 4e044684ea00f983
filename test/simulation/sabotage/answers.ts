import { Buffer } from 'node:buffer';
import type { Json } from '../../../src/domain/json.ts';
import { isObject } from '../../../src/connectors/mri-vault/wire.ts';
import type { OutboundRequest, OutboundResult, Transport } from '../../../src/wire/transport.port.ts';
import type { Sabotage } from '../world.ts';

/** Faults of a program that takes one answer for more than it is: what it asks for to make sure says the same. */

type Answer = Extract<OutboundResult, { kind: 'response' }>;

/** One 401 is taken for the account's. */
export function believed401(): Sabotage {
  const refused = new Set<string>();
  return rewriting(({ host, isVerify, forWork }, answer) => {
    if (isVerify && !forWork) refused.delete(host);
    else if (isVerify && refused.has(host)) return said(401, { message: 'refused' });
    else if (answer.status === 401) refused.add(host);
    return answer;
  });
}

/** One 404 is taken for the end of a record: neither a read nor a search shows it any more. */
export function believed404(): Sabotage {
  const gone = new Set<string>();
  return rewriting(({ method, host, path }, answer) => {
    const [collection = '', id = ''] = path;
    const place = `${host} ${collection} ${id}`;
    if ((method === 'PUT' || method === 'DELETE') && answer.status === 404) gone.add(place);
    if (method !== 'GET') return answer;
    if (gone.has(place)) return said(404, { message: 'Record not found.' });
    const hits = id === 'search' ? bodyOf(answer) : null;
    if (!Array.isArray(hits)) return answer;
    const isGone = (hit: Json): boolean =>
      isObject(hit) && gone.has(`${host} ${collection} ${String(hit['id'])}`);
    return hits.some(isGone)
      ? said(
          answer.status,
          hits.filter((hit: Json) => !isGone(hit)),
        )
      : answer;
  });
}

/** What stands before a CRM speaks of the record that was asked for, while the CRM is taken to be well. */
export const pagesAreTheRecords: Sabotage = rewriting(({ isVerify }, answer) => {
  const isPage = answer.status >= 300 && answer.status < 400;
  if (!isPage && !/html|plain/.test(answer.headers['content-type'] ?? '')) return answer;
  return isVerify ? said(200, { valid: true }) : said(422, { message: 'not readable' });
});

interface Asked {
  readonly method: string;
  readonly host: string;
  readonly path: readonly string[];
  readonly isVerify: boolean;
  readonly forWork: boolean;
}

function rewriting(rewrite: (asked: Asked, answer: Answer) => Answer): Sabotage {
  return {
    wrapTransport: (transport, forWork): Transport => ({
      async send(request) {
        const result = await transport.send(request);
        return result.kind === 'response' ? rewrite(askedOf(request, forWork), result) : result;
      },
    }),
  };
}

function askedOf({ method, url }: OutboundRequest, forWork: boolean): Asked {
  const { host, pathname } = new URL(url);
  const path = pathname.split('/').slice(3);
  return { method, host, path, forWork, isVerify: path[0] === 'auth' };
}

function bodyOf({ body }: Answer): Json {
  const text = Buffer.from(body).toString();
  return text.startsWith('[') ? (JSON.parse(text) as Json) : null;
}

function said(status: number, body: Json): Answer {
  const headers = { 'content-type': 'application/json' };
  return { kind: 'response', status, headers, body: Buffer.from(JSON.stringify(body)) };
}
