import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { access, constants } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { javaRuntime } from './java-runtime.ts';

/** A null value is a tombstone. An empty value can't be told from a tombstone by kcat and is refused. */
export type BinaryMessage = { key: string; value: Buffer | null };

/** One topic's messages, in order. */
export type BinaryBatch = { brokers: string[]; topic: string; messages: BinaryMessage[] };

const run = async (command: string, args: string[], input: Buffer): Promise<string> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  // A client that gives up early breaks this pipe; its exit code and message below say why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [stdout, stderr, [code, signal]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    exit,
  ]);
  if (code !== 0)
    throw new Error(`${command} ended with ${code ?? signal}: ${stderr.toString().slice(-2_000)}`);
  return stdout.toString();
};

const isInstalled = async (command: string): Promise<boolean> => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, command), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
};

/** kcat splits its input at a text of any length, so a random one that occurs in no message is safe for any bytes. */
const unusedText = (parts: Buffer[]): string => {
  for (;;) {
    const text = randomBytes(12).toString('hex');
    if (!parts.some((part) => part.includes(text))) return text;
  }
};

const produceByKcat = async ({ brokers, topic, messages }: BinaryBatch): Promise<void> => {
  const parts = messages.flatMap(({ key, value }) => [Buffer.from(key), value ?? Buffer.alloc(0)]);
  const afterKey = unusedText(parts);
  const between = unusedText([...parts, Buffer.from(afterKey)]);
  const input = messages.flatMap(({ key, value }, index) => [
    Buffer.from(`${index === 0 ? '' : between}${key}${afterKey}`),
    value ?? Buffer.alloc(0),
  ]);
  const target = ['-P', '-b', brokers.join(','), '-t', topic, '-X', 'topic.partitioner=murmur2_random'];
  await run('kcat', [...target, '-Z', '-K', afterKey, '-D', between], Buffer.concat(input));
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** Sends with Kafka's own Java client, in a process of its own. Rejects unless every message was acknowledged. */
export const produceWithJavaClient = async ({ brokers, topic, messages }: BinaryBatch): Promise<void> => {
  const { java, classPath } = await javaRuntime();
  const frames = messages.flatMap(({ key, value }) => {
    const bytes = Buffer.from(key);
    return [int32(bytes.length), bytes, int32(value?.length ?? -1), value ?? Buffer.alloc(0)];
  });
  const args = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  const target = ['-cp', classPath, 'FramedProducer', brokers.join(','), topic];
  const acknowledged = Number(await run(java, [...args, ...target], Buffer.concat(frames)));
  if (acknowledged !== messages.length) {
    throw new Error(`${acknowledged} of ${messages.length} messages were acknowledged.`);
  }
};

/**
 * Sends keyed binary messages with a client that is not ours: kcat, or Kafka's own where kcat is not installed.
 * Keys are spread over partitions as Kafka's own client does. Rejects unless the broker acknowledged all of them.
 */
export const produceWithKcat = async (batch: BinaryBatch): Promise<void> => {
  if (batch.messages.some(({ key, value }) => key === '' || value?.length === 0)) {
    throw new Error('Empty keys and empty values can not be sent with kcat.');
  }
  if (batch.messages.length === 0) return;
  await ((await isInstalled('kcat')) ? produceByKcat(batch) : produceWithJavaClient(batch));
};
