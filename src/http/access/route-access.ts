import type { AuditAct } from '../../domain/audit-entry.ts';
import type { Access, App } from '../base/app-types.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';

/** A route as it was registered. */
export interface DeclaredRoute {
  readonly method: string;
  /** The pattern, with `:params`. */
  readonly url: string;
  readonly access: Access;
  /** What it does; null for reading. */
  readonly audit: AuditAct | null;
  /** Bytes that a body of it may have. */
  readonly bodyLimit: number;
  /** Whether it takes a body at all: anything but nothing and an empty object. */
  readonly takesBody: boolean;
  /** Not part of the API's description. */
  readonly hidden: boolean;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of this server, for checks that must miss none. */
    readonly declaredRoutes: readonly DeclaredRoute[];
  }
}

/** A route that doesn't say who may call it. */
export class AccessUndeclared extends Error {
  override readonly name = 'AccessUndeclared';
  readonly code = 'ACCESS_UNDECLARED';
}

/** A route that changes something and doesn't say what it does. */
export class ActUndeclared extends Error {
  override readonly name = 'ActUndeclared';
  readonly code = 'ACT_UNDECLARED';
}

/** A route that takes a body and doesn't say how large. */
export class BodyLimitUndeclared extends Error {
  override readonly name = 'BodyLimitUndeclared';
  readonly code = 'BODY_LIMIT_UNDECLARED';
}

const READING = new Set(['GET', 'HEAD']);

/**
 * Refuses routes without a declared access, changing ones without a declared act, and those with a body of any size, at start:
 * so that none is open, unseen or without a limit because somebody forgot.
 *
 * @throws {AccessUndeclared | ActUndeclared | BodyLimitUndeclared} when such a route is registered after this.
 */
export function requireDeclaredAccess(app: App): void {
  const routes: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', (route) => {
    const { config, method, url, schema } = route;
    const access = config?.access;
    if (access === undefined) throw new AccessUndeclared(`${String(method)} ${url} declares no access`);
    const audit = config?.audit ?? null;
    const takesBody = schema?.body !== undefined;
    if (takesBody && route.bodyLimit === undefined) {
      throw new BodyLimitUndeclared(`${String(method)} ${url} declares no limit of its body`);
    }
    const bodyLimit = (route.bodyLimit ??= BODY_LIMITS.none);
    for (const one of [method].flat()) {
      if (audit === null && !READING.has(one)) throw new ActUndeclared(`${one} ${url} declares no act`);
      const hidden = schema?.hide === true;
      routes.push({ method: one, url, access, audit, bodyLimit, takesBody, hidden });
    }
  });
}
