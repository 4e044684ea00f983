import type { Access, App } from './app-types.ts';

/** A route as it was registered. */
export interface DeclaredRoute {
  readonly method: string;
  /** The pattern, with `:params`. */
  readonly url: string;
  readonly access: Access;
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

/**
 * Refuses routes without a declared access, at start: so that none is open because somebody forgot.
 *
 * @throws {AccessUndeclared} when such a route is registered after this.
 */
export function requireDeclaredAccess(app: App): void {
  const routes: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', ({ config, method, url, schema }) => {
    const access = config?.access;
    if (access === undefined) throw new AccessUndeclared(`${String(method)} ${url} declares no access`);
    for (const one of [method].flat())
      routes.push({ method: one, url, access, hidden: schema?.hide === true });
  });
}
