import { join } from 'node:path';
import { startKafka } from '../../support/real-tier/start-kafka.ts';
import { startMongo } from '../../support/real-tier/start-mongo.ts';
import { startSchemaRegistry } from '../../support/real-tier/start-schema-registry.ts';

/** A server that can be killed and comes back where it was, with everything that it had acknowledged. */
export interface BackingServer {
  kill(): Promise<void>;
  /** Starts it again on the same port and data; nothing to do when it runs. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export interface BackingServers {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Names no database. */
  readonly mongodbUrl: string;
  readonly broker: BackingServer;
  readonly registry: BackingServer;
  readonly store: BackingServer;
  stop(): Promise<void>;
}

interface Instance {
  readonly pid: number;
  readonly port: number;
  kill(): Promise<void>;
}

/** Starts a broker, a registry and a store with their data in a folder. The store is a stand-in that speaks MongoDB's protocol. */
export async function startBackingServers(folder: string): Promise<BackingServers> {
  const at = (name: string) => ({ dataDir: join(folder, name) });
  const started = await Promise.allSettled([
    startKafka(at('broker')),
    startSchemaRegistry(at('registry')),
    startMongo(at('store')),
  ]);
  const [kafka, registry, mongo] = started;
  if (kafka.status === 'rejected' || registry.status === 'rejected' || mongo.status === 'rejected') {
    for (const each of started) if (each.status === 'fulfilled') await each.value.kill();
    const reasons = started.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    throw new Error(`The servers did not start.\n${reasons.join('\n')}`);
  }
  const broker = restartable(kafka.value, (port) => startKafka({ port, ...at('broker') }));
  const schemas = restartable(registry.value, (port) => startSchemaRegistry({ port, ...at('registry') }));
  const store = restartable(mongo.value, (port) => startMongo({ port, ...at('store') }));
  return {
    brokers: kafka.value.brokers,
    registryUrl: registry.value.url,
    mongodbUrl: mongo.value.url,
    broker,
    registry: schemas,
    store,
    async stop() {
      await Promise.all([broker.kill(), schemas.kill(), store.kill()]);
    },
  };
}

function restartable(first: Instance, again: (port: number) => Promise<Instance>): BackingServer {
  let running: Instance | null = first;
  const signal = (name: NodeJS.Signals): void => {
    if (running !== null) process.kill(running.pid, name);
  };
  // A frozen one does not notice that this process is gone.
  process.once('exit', () => signal('SIGCONT'));
  return {
    async kill() {
      const instance = running;
      running = null;
      await instance?.kill();
    },
    async start() {
      running ??= await again(first.port);
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
}
