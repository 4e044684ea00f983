/** What was called how often, with what answers: enough to do the same again at something that does nothing. */
export interface Traffic {
  /** How long it took in all. */
  readonly ms: number;
  readonly routes: readonly RouteTraffic[];
}

export interface RouteTraffic {
  /** Method and path, without what is asked for. */
  readonly route: string;
  /** The path as it was called last, and the bytes sent with all calls. */
  readonly example: string;
  readonly sent: number;
  readonly replies: readonly ReplyTraffic[];
}

export interface ReplyTraffic {
  /** `error` where there was none. */
  readonly status: string;
  readonly count: number;
  /** Of the bodies of all of them. */
  readonly bytes: number;
}

export interface TrafficCall {
  readonly method: string;
  readonly path: string;
  readonly status: string;
  readonly sent: number;
  readonly bytes: number;
}

export interface TrafficMeter {
  note(call: TrafficCall): void;
  read(): Traffic;
  restart(): void;
}

interface Route {
  example: string;
  sent: number;
  readonly replies: Map<string, { count: number; bytes: number }>;
}

/** Counts the calls of an attacker, or those that its CRM got. */
export function createTrafficMeter(): TrafficMeter {
  let routes = new Map<string, Route>();
  let began = performance.now();
  return {
    note({ method, path, status, sent, bytes }) {
      const name = routeOf(method, path);
      const route: Route = routes.get(name) ?? { example: path, sent: 0, replies: new Map() };
      routes.set(name, route);
      const reply = route.replies.get(status) ?? { count: 0, bytes: 0 };
      route.replies.set(status, { count: reply.count + 1, bytes: reply.bytes + bytes });
      [route.example, route.sent] = [path, route.sent + sent];
    },
    read: () => ({
      ms: performance.now() - began,
      routes: [...routes].map(([route, { example, sent, replies }]) => ({
        route,
        example,
        sent,
        replies: [...replies].map(([status, { count, bytes }]) => ({ status, count, bytes })),
      })),
    }),
    restart() {
      routes = new Map();
      began = performance.now();
    },
  };
}

/** Ids are no part of it: a CRM's records have paths of their own. */
export function routeOf(method: string, path: string): string {
  const { pathname } = new URL(path, 'http://any');
  return `${method} ${pathname.replace(/\/[^/]*\d[^/]*/g, (part) => (part === '/v1' ? part : '/:id'))}`;
}

export const countOf = ({ replies }: RouteTraffic): number =>
  replies.reduce((sum, { count }) => sum + count, 0);

/** How often each status was answered. */
export function statusesOf({ routes }: Traffic): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { status, count } of routes.flatMap(({ replies }) => replies))
    sums.set(status, (sums.get(status) ?? 0) + count);
  return Object.fromEntries(sums);
}
