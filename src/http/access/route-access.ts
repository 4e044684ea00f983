import type { AuditAct } from '../../domain/audit-entry.ts';
import type { Access, App } from '../base/app-types.ts';

/** A route as it was registered. */
export interface DeclaredRoute {
  readonly method: string;
  /** The pattern, with `:params`. */
  readonly url: string;
  readonly access: Access;
  /** What it does; null for reading. */
  readonly audit: AuditAct | null;
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

const READING = new Set(['GET', 'HEAD']);

/**
 * Refuses routes without a declared access, and changing ones without a declared act, at start: so that none is open or unseen
 * because somebody forgot.
 *
 * @throws {AccessUndeclared | ActUndeclared} when such a route is registered after this.
 */
export function requireDeclaredAccess(app: App): void {
  const routes: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', ({ config, method, url, schema }) => {
    const access = config?.access;
    if (access === undefined) throw new AccessUndeclared(`${String(method)} ${url} declares no access`);
    const audit = config?.audit ?? null;
    for (const one of [method].flat()) {
      if (audit === null && !READING.has(one)) throw new ActUndeclared(`${one} ${url} declares no act`);
      routes.push({ method: one, url, access, audit, hidden: schema?.hide === true });
    }
  });
}
