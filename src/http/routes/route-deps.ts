import type { AppDeps } from '../base/app-types.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import type { SignIns } from '../access/failed-sign-ins.ts';

/** What routes are given; each names what it takes of it. */
export interface RouteDeps extends Pick<
  AppDeps,
  'integrations' | 'operations' | 'auth' | 'health' | 'metrics' | 'activity' | 'settings'
> {
  readonly streams: EventStreams;
  readonly signIns: SignIns;
}
