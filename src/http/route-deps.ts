import type { AppDeps } from './app-types.ts';
import type { EventStreams } from './event-streams.ts';
import type { FailedSignIns } from './failed-sign-ins.ts';

/** What a route file is given. */
export type RouteDeps = AppDeps & {
  readonly streams: EventStreams;
  readonly signIns: FailedSignIns;
};
