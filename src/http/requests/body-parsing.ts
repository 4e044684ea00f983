import type { App } from '../base/app-types.ts';
import { bodyText, isTooDeep, UnreadableBody } from './body-text.ts';
import { addProblems } from '../problems/problem-schema.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { TOO_DEEP_LINE, UNREADABLE_LINE } from '../../integrations/take-changes.ts';

const BODILESS = new Set(['GET', 'HEAD']);

const UNEXPECTED_BODY: Problem = {
  code: 'VALIDATION_FAILED',
  status: 400,
  detail: 'This route takes no body.',
  errors: [{ pointer: '', code: 'UNKNOWN_FIELD', detail: 'must be absent or an empty object' }],
};

/**
 * JSON alone, without members that could reach a prototype. An empty body is no body, whatever its type says: many clients
 * name the type always. Where a route declares no body, only none or an empty object is taken.
 */
export function registerBodyParsing(app: App): void {
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    try {
      const text = bodyText(body);
      if (isTooDeep(text)) throw new UnreadableBody('The body has too many levels');
      void parseJson(request, text, done);
    } catch (error) {
      if (error instanceof UnreadableBody) done(error, undefined);
      else throw error;
    }
  });
  app.addHook('onRoute', (route) => {
    if (!BODILESS.has(String(route.method))) addProblems(route, 413);
  });
  app.addHook('preValidation', async (request, reply) => {
    const { schema } = request.routeOptions;
    if (schema?.body === undefined && !isEmpty(request.body)) return sendProblem(reply, UNEXPECTED_BODY);
  });
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0;
}

/**
 * One JSON value a line, byte order marks before it skipped. A line that is none stands as `UNREADABLE_LINE` or `TOO_DEEP_LINE`, so that
 * the others keep their places.
 */
export function parseNdjson(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => {
      if (isTooDeep(line)) return TOO_DEEP_LINE;
      try {
        return JSON.parse(line.replace(/^\uFEFF+/, ''));
      } catch (error) {
        if (error instanceof SyntaxError) return UNREADABLE_LINE;
        throw error;
      }
    });
}
