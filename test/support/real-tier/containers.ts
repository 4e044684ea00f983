import { get } from 'node:http';
import { freePort } from './supervised-process.ts';

/** A server in a container: its address and how to end it. */
export type ContainerServer = { address: string; stop(): Promise<void> };

const ping = (target: { socketPath: string } | { host: string; port: number }): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ ...target, path: '/_ping', timeout: 1_500 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });

/** Whether a Docker daemon answers, within 1.5 s; daemons reached over SSH or TLS are not looked for. */
export const dockerAnswers = (): Promise<boolean> => {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (host.startsWith('unix://')) return ping({ socketPath: host.slice('unix://'.length) });
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol !== 'tcp:' && url?.protocol !== 'http:') return Promise.resolve(false);
  return ping({ host: url.hostname, port: Number(url.port || 2375) });
};

/** Kafka in KRaft mode. The port is chosen first, because the broker has to advertise it. */
export const containedKafka = async (): Promise<ContainerServer> => {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const host = (await getContainerRuntimeClient()).info.containerRuntime.host;
  const port = await freePort();
  const container = await new GenericContainer('apache/kafka:4.1.0')
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${host}:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return { address: `${host}:${port}`, stop: async () => void (await container.stop()) };
};

/** A Confluent-compatible registry. */
export const containedSchemaRegistry = async (): Promise<ContainerServer> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer('apicurio/apicurio-registry-mem:2.6.13.Final')
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080).forStatusCode(200))
    .start();
  const address = `http://${container.getHost()}:${container.getMappedPort(8080)}/apis/ccompat/v7`;
  return { address, stop: async () => void (await container.stop()) };
};

/** MongoDB as a replica set of one, so that majority writes and retryable writes are the real ones. */
export const containedMongo = async (): Promise<ContainerServer> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer('mongo:7.0.28')
    .withExposedPorts(27017)
    .withCommand(['--replSet', 'rs0', '--bind_ip_all'])
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .start();
  const script =
    'rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "localhost:27017" }] });' +
    'while (!db.hello().isWritablePrimary) sleep(100);';
  const { exitCode, output } = await container.exec(['mongosh', '--quiet', '--eval', script]);
  if (exitCode !== 0) throw new Error(`The replica set could not be initiated: ${output}`);
  const address = `mongodb://${container.getHost()}:${container.getMappedPort(27017)}/?directConnection=true`;
  return { address, stop: async () => void (await container.stop()) };
};
