import Type from 'typebox';
import type { TimelineTail } from '../../integrations/timeline-tail.ts';
import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import type { EventSource } from '../streams/event-stream.ts';
import type { RouteDeps } from './route-deps.ts';
import { EVENT_STREAM } from '../streams/event-streams.ts';
import { problems } from '../problems/problem-schema.ts';
import { timelineEntryView } from '../views/timeline-view.ts';

const Query = Type.Object(
  {
    recent: Type.Optional(
      Type.String({
        pattern: '^(0|[1-9][0-9]?|1[0-9][0-9]|200)$',
        description:
          'Begin with this many of the newest, 0 to 200; without effect where `Last-Event-ID` resumes.',
      }),
    ),
  },
  { additionalProperties: false },
);

const Headers = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 1_024 })) });

export function streamEvents(
  app: App,
  { integrations, streams, activity }: Pick<RouteDeps, 'integrations' | 'streams' | 'activity'>,
): void {
  app.get(
    '/api/events',
    {
      config: { access: 'user', deadlineMs: null },
      schema: {
        operationId: 'streamEvents',
        summary: "The caller's changes and what became of them in their CRMs, live: events `change`",
        tags: ['records'],
        querystring: Query,
        headers: Headers,
        response: { 200: EVENT_STREAM, ...problems(400, 401, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const after = request.headers['last-event-id'] || null;
      const recent = Number(request.query.recent ?? 0);
      const tail = await integrations.tailTimeline(userId, { after, recent });
      const subscribe = (wake: () => void) => activity.subscribe(userId, wake);
      return streams.open(request, reply, changeEvents(tail, subscribe));
    },
  );
}

function changeEvents(tail: TimelineTail, subscribe: EventSource['subscribe']): EventSource {
  return {
    subscribe,
    async next() {
      const entries = await tail.next();
      const frames = entries.map((entry) => ({
        id: entry.id,
        event: 'change',
        data: timelineEntryView(entry),
      }));
      return { frames, done: false };
    },
  };
}
