import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'zena_crm_session';

/** Ids are text of base64url; what else stands there is none. */
const NAMED = new RegExp(`(?:^|;)[ \\t]*${SESSION_COOKIE}=([\\w-]{1,256})[ \\t]*(?:;|$)`);
const ATTRIBUTES = { path: '/', httpOnly: true, sameSite: 'strict' } as const;

/** Gives the browser its session, until `expiresAt` (epoch ms); kept from plain http wherever the page came by https. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  sessionId: string,
  expiresAt: number,
): void {
  reply.setCookie(SESSION_COOKIE, sessionId, {
    ...ATTRIBUTES,
    secure: cameByHttps(request),
    expires: new Date(expiresAt),
  });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, { ...ATTRIBUTES, secure: cameByHttps(request) });
}

/** The session that a request names, if it does; the first where there are several. The other cookies are nobody's business here. */
export function sessionIdOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return NAMED.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** A proxy may end TLS before us; then the page's origin, which the browser tells, still says https. */
function cameByHttps(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers.origin?.startsWith('https://') === true;
}
