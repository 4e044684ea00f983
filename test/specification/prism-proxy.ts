import { createServer, type IncomingMessage } from 'node:http';
import { createInstance, getHttpOperationsFromSpec, type IHttpRequest } from '@stoplight/prism-http';
import { listening, type CheckingServer, type Violation } from './checking-server.ts';

/**
 * Statuses that the vendor answers and doesn't declare everywhere: a gateway's, of who isn't let in, and a refusal; and 204, for which it declares
 * a body in places, and which can have none.
 */
const UNDECLARED: readonly unknown[] = [204, 400, 401, 403, 404, 413, 429];

/** Prism says much to a log; what goes against the specification it answers. */
const SILENT = (() => {
  const say = (): void => undefined;
  const levels = { trace: say, debug: say, info: say, warn: say, error: say, fatal: say, success: say };
  return { ...levels, child: () => SILENT };
})();

/**
 * Stands before a CRM that listens, as Prism's validating proxy: each request, and each answer, is held against a specification by other rules than
 * those of the validator in this process. What goes against it is noted, and goes through.
 */
export async function openPrismProxy(
  apiSpec: Readonly<Record<string, unknown>>,
  { origin, prefix }: { readonly origin: string; readonly prefix: string },
): Promise<CheckingServer> {
  const violations: Violation[] = [];
  let passed = 0;
  const operations = await getHttpOperationsFromSpec(below(prefix, apiSpec));
  const prism = createInstance(
    {
      isProxy: true,
      upstream: new URL(origin),
      upstreamProxy: undefined,
      checkSecurity: false,
      validateRequest: true,
      validateResponse: true,
      errors: false,
      mock: { dynamic: false },
    },
    { logger: SILENT as never },
  );

  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const relay = async (): Promise<void> => {
      const asked = await askedOf(request);
      const answered = await prism.request(asked, operations)();
      passed += 1;
      const note = (of: Violation['of'], status: number, errors: readonly string[]): void => {
        const { method, url } = request;
        if (errors.length > 0)
          violations.push({ of, method: String(method), path: String(url), status, errors });
      };
      if (answered._tag === 'Left') {
        note('request', 0, [answered.left.message]);
        response.writeHead(502).end();
        return;
      }
      const { output, validations } = answered.right;
      const words = (of: typeof validations.input): string[] =>
        of.map(({ path = [], message }) => `${path.join('.')} ${message}`);
      note('request', output.statusCode, words(validations.input));
      if (!UNDECLARED.includes(output.statusCode))
        note('answer', output.statusCode, words(validations.output));
      const { body } = output;
      for (const [name, value] of Object.entries(output.headers ?? {})) {
        if (name === 'retry-after' || name === 'content-type') response.setHeader(name, value);
      }
      response.writeHead(output.statusCode);
      response.end(
        body === undefined || body === '' || typeof body === 'string' ? body : JSON.stringify(body),
      );
    };
    relay().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  return await listening(server, { violations, passed: () => passed });
}

/** Prism knows a server's address by its host, and paths below it: here each path is whole. */
function below(prefix: string, { servers: _servers, ...spec }: Readonly<Record<string, unknown>>): object {
  const paths = Object.entries(spec['paths'] as Record<string, unknown>);
  return {
    ...spec,
    paths: Object.fromEntries(paths.map(([path, operations]) => [prefix + path, operations])),
  };
}

async function askedOf(request: IncomingMessage): Promise<IHttpRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const query: Record<string, string | string[]> = {};
  for (const name of searchParams.keys()) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? String(values[0]) : values;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const method = String(request.method).toLowerCase() as IHttpRequest['method'];
  const headers = Object.entries(request.headers).filter(
    (header): header is [string, string] => typeof header[1] === 'string' && header[0] !== 'host',
  );
  return {
    method,
    url: { path: pathname, query },
    headers: Object.fromEntries(headers),
    ...(text !== '' && { body: JSON.parse(text) as unknown }),
  };
}
