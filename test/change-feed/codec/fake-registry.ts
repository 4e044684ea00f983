import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry of which only the look-ups by id and by version are there. */
export interface FakeRegistry {
  readonly url: string;
  /** The body of GET /schemas/ids/:id. */
  readonly schemas: Map<number, object>;
  /** The body of GET /subjects/:subject/versions/:version, by `subject/version`. */
  readonly versions: Map<string, object>;
  /** The paths that were asked for. */
  readonly asked: readonly string[];
  /** Answers instead of the registry until it is null again. */
  trouble: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const schemas = new Map<number, object>();
  const versions = new Map<string, object>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (fake.trouble !== null) {
      fake.trouble(request, response);
      return;
    }
    const id = Number(/^\/base\/schemas\/ids\/(-?\d+)$/.exec(request.url ?? '')?.[1] ?? Number.NaN);
    const version = /^\/base\/subjects\/([^/]+)\/versions\/(\d+)(?:\?.*)?$/.exec(request.url ?? '');
    const schema = version === null ? schemas.get(id) : versions.get(`${version[1]}/${version[2]}`);
    if (schema === undefined) answer(response, 404, { error_code: 40403, message: `Schema ${id} not found` });
    else answer(response, 200, schema);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeRegistry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`,
    schemas,
    versions,
    asked,
    trouble: null,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

/** Answers in JSON. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
