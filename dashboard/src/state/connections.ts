import { computed, signal } from '@preact/signals';
import { api } from '../api/api.ts';
import type { Integration, Provider } from '../api/types.ts';
import { after, type Loadable, LOADING } from './loadable.ts';
import { adoptOpenRun } from './runs.ts';

export const providers = signal<Loadable<readonly Provider[]>>(LOADING);
export const integrations = signal<Loadable<readonly Integration[]>>(LOADING);

/** The connected ones; empty while unknown. */
export const connected = computed(() =>
  integrations.value.state === 'ready' ? integrations.value.value : [],
);

const names = computed(
  () =>
    new Map(providers.value.state === 'ready' ? providers.value.value.map(({ id, name }) => [id, name]) : []),
);

/** A CRM's name as its makers write it. */
export function crmName(provider: string): string {
  return names.value.get(provider) ?? provider;
}

/** What is offered of a CRM; undefined while unknown. */
export function providerOf(id: string): Provider | undefined {
  return providers.value.state === 'ready' ? providers.value.value.find((one) => one.id === id) : undefined;
}

const EVERY_MS = 10_000;
/** Changes come in bursts; the counts needn't be asked for with each. */
const SOON_MS = 1_000;

/** Raised when the following ends: what was asked for before is nobody's business after. */
let following = 0;
let isFollowing = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let dueAt = Infinity;

export async function refreshIntegrations(): Promise<void> {
  const asked = following;
  schedule(EVERY_MS, true);
  const answer = await api.listIntegrations();
  if (asked !== following) return;
  integrations.value = after(
    integrations.peek(),
    answer.ok ? { ok: true, value: answer.value.integrations } : answer,
  );
}

/** Something happened that the counts should tell of. */
export function refreshSoon(): void {
  schedule(SOON_MS, false);
}

/** Keeps the connections current until the returned function is called. */
export function followConnections(): () => void {
  isFollowing = true;
  void loadAll();
  return () => {
    isFollowing = false;
    following += 1;
    clearTimeout(timer);
    dueAt = Infinity;
    providers.value = LOADING;
    integrations.value = LOADING;
  };
}

async function loadAll(): Promise<void> {
  await Promise.all([loadProviders(), refreshIntegrations()]);
  await Promise.all(connected.peek().map(({ provider }) => adoptOpenRun(provider)));
}

export async function loadProviders(): Promise<void> {
  const asked = following;
  const answer = await api.listProviders();
  if (asked !== following) return;
  providers.value = after(providers.peek(), answer.ok ? { ok: true, value: answer.value.providers } : answer);
}

/** The nearer of two wishes counts. Nothing is asked for while nobody looks. */
function schedule(inMs: number, anew: boolean): void {
  const at = Date.now() + inMs;
  if (!isFollowing || (!anew && at >= dueAt)) return;
  clearTimeout(timer);
  dueAt = at;
  timer = setTimeout(() => {
    dueAt = Infinity;
    if (document.visibilityState === 'visible') void refreshIntegrations();
    else schedule(EVERY_MS, true);
  }, inMs);
}
