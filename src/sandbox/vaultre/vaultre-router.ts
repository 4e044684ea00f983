import type { Handler, Routes } from './vaultre-call.ts';

/** What a request is answered by. */
export interface Routed {
  /** `GET /contacts/{id}`: what it is counted by. */
  readonly name: string;
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

interface Template {
  readonly name: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

const isName = (segment: string): boolean => segment.startsWith('{');

/** Tells routes by method and path: a segment that is spelled out comes before one that has a name. */
export function createRouter(prefix: string, routes: Routes) {
  const templates = Map.groupBy(
    Object.entries(routes).map(([name, handler]): Template & { method: string } => {
      const [method = '', path = ''] = name.split(' ');
      return { method, name, handler, segments: path.split('/').slice(1) };
    }),
    ({ method, segments }) => `${method} ${segments.length}`,
  );

  return (method: string, path: string): Routed | null => {
    if (!path.startsWith(`${prefix}/`)) return null;
    const segments = path
      .slice(prefix.length + 1)
      .split('/')
      .map(decoded);
    const fitting = (templates.get(`${method} ${segments.length}`) ?? []).filter((template) =>
      template.segments.every((segment, at) => isName(segment) || segment === segments[at]),
    );
    const [best] = fitting.sort((one, other) => namesIn(one) - namesIn(other));
    if (best === undefined) return null;
    const named = best.segments.flatMap((segment, at): [string, string][] =>
      isName(segment) ? [[segment.slice(1, -1), segments[at] ?? '']] : [],
    );
    return { name: best.name, handler: best.handler, params: Object.fromEntries(named) };
  };
}

function namesIn({ segments }: Template): number {
  return segments.filter(isName).length;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
