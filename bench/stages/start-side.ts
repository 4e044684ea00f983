import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programClient } from '../../test/support/program-client.ts';
import type { Part } from '../harness/part.ts';
import type { NextWrite } from '../parts/crm.ts';
import { benchEvent, postedChange } from '../support/bench-events.ts';
import { startProgram, type Program } from '../support/program.ts';

type Settings = Readonly<Record<string, string>>;

/** A way to run the program, with a connected user whose one contact the CRM has. */
export interface StartSide {
  /** The newest version of the contact that was published. */
  readonly version: number;
  /** The program in a process of its own on a copy of what was stored, and a change that is published as soon as it is ready. */
  start(): Promise<Started>;
  close(): Promise<void>;
}

export interface Started {
  readonly program: Program;
  readonly folder: string;
  /** From the spawn to the CRM having the change; NaN where it never came. */
  readonly deliveredMs: number;
  stop(): Promise<void>;
}

/** The key of one start opens what another one has stored. */
const KEY = randomBytes(32).toString('hex');
const LONGEST_DELIVERY_MS = 30_000;

export const startKey = (contact: number): string => `start-key-${contact}`;

/** Starts the program once to connect the user and to bring the contact to the CRM. */
export async function openStartSide(settings: Settings, crm: Part, contact: number): Promise<StartSide> {
  const { value: instanceUrl } = await crm.ask<string>('url');
  const secrets = { ENCRYPTION_KEY: KEY, JWT_SECRET: KEY, ALLOWED_INSTANCE_HOSTS: new URL(instanceUrl).host };
  const userId = `start-${contact}`;
  const stored = await makeFolder();
  const run = (folder: string) => startProgram({ ...secrets, ...settings, DATA_DIR: folder });
  let version = 0;
  const change = async (program: Program): Promise<number> => {
    version += 1;
    const arrival = { email: `ada.lovelace.${contact}@example.test`, mostMs: LONGEST_DELIVERY_MS };
    const arrived = crm.ask<number | null>('next-write', arrival satisfies NextWrite);
    const changes = [postedChange(benchEvent('contact', contact, version, userId))];
    await programClient(program.url, KEY).publish(changes);
    return ((await arrived).value ?? Number.NaN) - program.spawnedAt;
  };
  const first = await run(stored);
  try {
    await programClient(first.url, KEY).connect(userId, { apiKey: startKey(contact), instanceUrl });
    await change(first);
  } finally {
    await first.stop();
  }
  return {
    get version() {
      return version;
    },
    async start() {
      const folder = await makeFolder();
      await cp(stored, folder, { recursive: true });
      const program = await run(folder);
      const stop = async (): Promise<void> => {
        await program.stop();
        await rm(folder, { recursive: true, force: true });
      };
      try {
        return { program, folder, stop, deliveredMs: await change(program) };
      } catch (error) {
        await stop();
        throw error;
      }
    },
    close: () => rm(stored, { recursive: true, force: true }),
  };
}

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
