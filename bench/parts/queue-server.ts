import type { OpenPart } from '../harness/part.ts';
import { processTreeCpuMs } from '../support/process-cpu.ts';
import { startQueueServer, type QueueServerKind } from '../support/queue-servers.ts';

export interface QueueServerAddress {
  /** With the version. */
  readonly name: string;
  readonly url: string;
}

/** Holds the server of a job queue, so that it ends with the run also where the run is killed. */
export const openPart: OpenPart<QueueServerKind> = async (kind) => {
  const server = await startQueueServer(kind);
  return {
    commands: {
      /** Null where this machine does not have the server. */
      address: (): Promise<QueueServerAddress | null> =>
        Promise.resolve(server === null ? null : { name: server.name, url: server.url }),
      cpuMs: (): Promise<number> => Promise.resolve(server === null ? 0 : processTreeCpuMs(server.pid)),
    },
    close: async () => {
      await server?.close();
    },
  };
};
