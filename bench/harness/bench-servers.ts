import { realTier, type RealTier } from '../../test/support/real-tier/real-tier.ts';
import { openSharedServers } from '../../test/support/real-tier/shared-servers.ts';

/** Kafka, a schema registry and a MongoDB-protocol server, started by the first bench that needs one. */
export interface BenchServers {
  addresses(): Promise<RealTier>;
  close(): Promise<void>;
}

export function createBenchServers(progress: (text: string) => void): BenchServers {
  let opened: Promise<() => Promise<void>> | null = null;
  return {
    async addresses() {
      if (opened === null) progress('starting Kafka, a schema registry and a MongoDB-protocol server');
      opened ??= openSharedServers();
      await opened;
      return realTier();
    },
    async close() {
      if (opened === null) return;
      const end = await opened;
      await end();
    },
  };
}
