import type { App } from '../base/app-types.ts';
import { methodNotAllowed, NOT_FOUND_PROBLEM, sendProblem } from '../problems/problem.ts';

/** One segment of the patterns that were registered, and what may follow it. */
interface Place {
  readonly fixed: Map<string, Place>;
  /** Any one segment: `:name`. */
  any: Place | null;
  /** Any rest: `*`. */
  rest: Place | null;
  /** What the route that ends here takes; empty where none does. */
  readonly methods: Set<string>;
}

/**
 * Refuses, on every path that a route registered after this has, what none of its routes takes: 405 with `Allow`. Where a fixed
 * path lies within a pattern, it goes before it, with any method. OPTIONS is refused as any other: no other site's page may call
 * here, and `Allow` says the rest.
 *
 * Nobody needs to sign in for this, as for the 404 of an unknown path: it says which routes there are, which
 * `/openapi.json` tells everybody, and looks at nothing that is stored. So it must come before whoever asks for a token.
 */
export function refuseOtherMethods(app: App): void {
  const root = createPlace();
  app.addHook('onRoute', ({ method, url }) => {
    const { methods } = placeOf(root, url);
    for (const one of [method].flat()) methods.add(one);
  });
  app.addHook('onRequest', async (request, reply) => {
    const methods = methodsAt(root, segmentsOf(request.url));
    if (methods !== null && !methods.has(request.method)) {
      return sendProblem(reply, methodNotAllowed([...methods].sort()));
    }
    // Before anything of a body is looked at, which nobody asked for.
    if (request.is404) return sendProblem(reply, NOT_FOUND_PROBLEM);
  });
}

function createPlace(): Place {
  return { fixed: new Map(), any: null, rest: null, methods: new Set() };
}

/** Where a pattern ends, made if it isn't there. */
function placeOf(root: Place, pattern: string): Place {
  let place = root;
  for (const segment of pattern.slice(1).split('/')) {
    if (segment === '*') place = place.rest ??= createPlace();
    else if (segment.startsWith(':')) place = place.any ??= createPlace();
    else {
      const next = place.fixed.get(segment) ?? createPlace();
      place.fixed.set(segment, next);
      place = next;
    }
  }
  return place;
}

/** What the route takes that a path means most exactly; null where there is none. */
function methodsAt(place: Place, [segment, ...others]: readonly string[]): ReadonlySet<string> | null {
  if (segment === undefined) return place.methods.size > 0 ? place.methods : null;
  for (const next of [place.fixed.get(segment), place.any]) {
    const found = next == null ? null : methodsAt(next, others);
    if (found !== null) return found;
  }
  return place.rest?.methods ?? null;
}

/** The router reads a path in the same way: an absolute address counts from its path on, and each segment is decoded. */
function segmentsOf(url: string): string[] {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path.slice(1).split('/').map(decoded);
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
