import type { AppDeps } from './app-types.ts';
import type { EventStreams } from './event-streams.ts';

/** What a route file is given. */
export type RouteDeps = AppDeps & { readonly streams: EventStreams };
