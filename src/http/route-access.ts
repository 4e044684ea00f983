import type { App } from './app-types.ts';

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
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.access === undefined)
      throw new AccessUndeclared(`${String(method)} ${url} declares no access`);
  });
}
