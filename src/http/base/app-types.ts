import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Principal, Scope } from '../../auth/principal.ts';
import type { VerifiedToken } from '../../auth/token-verifier.ts';
import type { OpenedSession } from '../../auth/session-store.ts';
import type { Integrations } from '../../integrations/integrations.ts';
import type { Operations } from '../../operations/operations.ts';
import type { AuditAct } from '../../domain/audit-entry.ts';
import type { ProxyRange } from '../../config/proxy-ranges.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Health } from './health.ts';
import type { AuditLog } from '../../state-store/audit-log.port.ts';
import type { IdempotencyStore } from '../../state-store/idempotency-store.port.ts';

/** Who may call a route: anybody, any authenticated user, or one whose token carries a scope. */
export type Access = 'public' | 'user' | Scope;

/** What the HTTP edge is given; it makes nothing of this itself. */
export interface AppDeps {
  readonly integrations: Integrations;
  readonly operations: Operations;
  readonly auth: Authorities;
  /** What is kept of requests. */
  readonly kept: { readonly idempotency: IdempotencyStore; readonly audit: Pick<AuditLog, 'append'> };
  readonly health: Health;
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
  readonly activity: ActivitySignal;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly random: { uuid(): string };
  readonly logger: Pick<Logger, 'debug' | 'info' | 'error'>;
}

/** Who knows who calls. */
export interface Authorities {
  readonly verifier: { verify(token: string): Promise<VerifiedToken> };
  readonly sessions: {
    redeemCode(code: string): Principal | null;
    open(principal: Principal): OpenedSession | null;
    find(sessionId: string): Principal | null;
    close(sessionId: string): void;
  };
}

export interface HttpSettings {
  /** Answered by `/version`. */
  readonly version: VersionInfo;
  /** How long a full sync is waited for, ms. */
  readonly syncWaitMs: number;
  /** The proxies whose word counts about who calls. */
  readonly trustProxy: readonly ProxyRange[];
  /** In place of the usual ones, for tests. */
  readonly timeouts?: Partial<HttpTimeouts>;
  /** How many event streams may be open, and how slow their readers may be, in place of the usual; for tests. */
  readonly streams?: { readonly mostStreams?: number; readonly slowReaderMs?: number };
  /** Where the dashboard's build is; it may be missing. */
  readonly dashboardDir: string;
}

/** Calls that one user (one address, on public routes) may make in a minute. */
export interface CallLimit {
  /** Routes that name the same policy share its count. */
  readonly policy: string;
  readonly perMinute: number;
}

/** How long a caller may take to ask, ms. */
export interface HttpTimeouts {
  /** From the first byte to the end of the headers. */
  readonly headersMs: number;
  /** From the first byte to the end of the body. */
  readonly requestMs: number;
  /** How often both are looked at. */
  readonly checkEveryMs: number;
}

export interface VersionInfo {
  readonly version: string;
  readonly mode: string;
  readonly store: string;
  readonly feed: string;
}

/** Hints that a user's timeline may have grown; what it misses, a poll finds. */
export interface ActivitySignal {
  /** Returns how to stop listening. */
  subscribe(userId: string, listener: () => void): () => void;
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route declares it; one that doesn't is refused when it is registered. */
    access?: Access;
    /** What the route does, for the audit; every route that isn't for reading declares it. */
    audit?: AuditAct;
    /** How long an answer may take, ms; null for streams. */
    deadlineMs?: number | null;
    /** A limit in place of the one that its access has. */
    callLimit?: CallLimit;
    /** Only a few of these are worked on at once for one user. Absent: those that only read, but for streams. */
    takesTurns?: boolean;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes. */
    principal: Principal | null;
    /** The session that the caller was recognised by; null with a token. */
    sessionId: string | null;
  }
}
