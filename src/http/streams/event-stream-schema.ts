import Type from 'typebox';

/** The response of a stream of server-sent events. */
export const EVENT_STREAM = {
  description:
    'Server-sent events with `id`, `event` and JSON `data`; a comment at least every 15 s; `Last-Event-ID` resumes.',
  content: { 'text/event-stream': { schema: Type.String() } },
};
