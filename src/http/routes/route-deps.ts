import type { AppDeps } from '../base/app-types.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import type { FailedSignIns } from '../access/failed-sign-ins.ts';

/** What a route file is given. */
export type RouteDeps = AppDeps & {
  readonly streams: EventStreams;
  readonly signIns: FailedSignIns;
};
