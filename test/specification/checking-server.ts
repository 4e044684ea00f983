import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response as Answer } from 'express';
import { middleware } from 'express-openapi-validator';
import type { RequestInProcess } from '../../src/sandbox/kit/http/received-request.ts';

/** What goes against a specification. */
export interface Violation {
  readonly of: 'request' | 'answer';
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly errors: readonly string[];
}

export interface CheckingServer {
  /** The origin; what is below it is the API's. */
  readonly url: string;
  readonly violations: readonly Violation[];
  /** Requests that got to the CRM. */
  passed(): number;
  close(): Promise<void>;
}

interface CheckedCrm {
  readonly url: string;
  fetch(url: string, request?: RequestInProcess): Promise<Response>;
}

/** Statuses that vendors answer and don't declare: a gateway's, and of who isn't let in. */
const UNDECLARED = [401, 403, 404, 413, 429];

/** A refusal that one of the vendor's routes doesn't declare, and others do. */
const UNDECLARED_HERE = /no schema defined for status code '400'/;

interface ValidatorError {
  readonly status?: number;
  readonly message?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Stands before a CRM in this process and holds each request, and each answer, against a specification. What goes against it is noted, and goes
 * through: so one run shows all that is wrong.
 */
export async function openCheckingServer(
  apiSpec: Readonly<Record<string, unknown>>,
  crm: CheckedCrm,
): Promise<CheckingServer> {
  const violations: Violation[] = [];
  let passed = 0;
  const app = express();
  const bodies = new WeakMap<Request, string>();

  const note = (of: Violation['of'], { method, originalUrl }: Request, status: number, error: unknown) => {
    const { message = String(error), errors = [] } = error as ValidatorError;
    if (UNDECLARED_HERE.test(message)) return;
    const details = errors.map(({ path, message: said }) => `${path} ${said}`);
    violations.push({
      of,
      method,
      path: originalUrl,
      status,
      errors: details.length > 0 ? details : [message],
    });
  };

  async function ask(request: Request): Promise<Response> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    );
    const body = bodies.get(request) ?? '';
    passed += 1;
    return await crm.fetch(`${crm.url}${request.originalUrl}`, {
      method: request.method,
      headers,
      ...(body !== '' && { body }),
    });
  }

  async function relay(request: Request, response: Answer, isChecked: boolean): Promise<void> {
    const answer = await ask(request);
    const text = await answer.text();
    response.status(answer.status);
    for (const name of ['retry-after', 'content-type']) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    const isDeclared = isChecked && !UNDECLARED.includes(answer.status);
    if (text === '' || !isDeclared) {
      response.end(text);
      return;
    }
    // What the validator wraps; it throws here where the answer doesn't fit.
    try {
      response.json(JSON.parse(text));
    } catch (error) {
      note('answer', request, answer.status, error);
      response.end(text);
    }
  }

  app.use(
    express.json({
      type: () => true,
      limit: '2mb',
      verify: (request, _response, buffer) => bodies.set(request as Request, buffer.toString('utf8')),
    }),
  );
  app.use(
    middleware({
      apiSpec: apiSpec as unknown as string,
      validateApiSpec: false,
      validateRequests: { allowUnknownQueryParameters: false },
      validateResponses: true,
      validateSecurity: false,
    }),
  );
  app.use((request: Request, response: Answer, next: NextFunction) => {
    relay(request, response, true).catch(next);
  });
  app.use((error: unknown, request: Request, response: Answer, next: NextFunction) => {
    const { status = 400 } = error as ValidatorError;
    note(status === 500 ? 'answer' : 'request', request, status, error);
    relay(request, response, false).catch(next);
  });
  // One that closes idle connections early races with callers that use them again.
  const server: Server = createServer({ keepAliveTimeout: 120_000 }, app);
  return await listening(server, { violations, passed: () => passed });
}

/** Lets a server listen that holds what passes it against a specification. */
export async function listening(
  server: Server,
  seen: Pick<CheckingServer, 'violations' | 'passed'>,
): Promise<CheckingServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...seen,
    url: `http://127.0.0.1:${port}`,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
