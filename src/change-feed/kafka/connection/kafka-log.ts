import { logLevel, type logCreator } from 'kafkajs';
import type { LogFields } from '../../../runtime/log-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';

type Write = (event: string, fields: LogFields) => void;

/**
 * Hands kafkajs' log to ours, one step quieter: the feed itself reports what an operator should know, and kafkajs calls
 * every retried request an error. Of its fields only those that can't hold a message or a login are passed on.
 */
export function bridgeKafkajsLog(log: Logger): logCreator {
  const writers: readonly (readonly [logLevel, Write])[] = [
    [logLevel.ERROR, (event, fields) => log.warn(event, fields)],
    [logLevel.WARN, (event, fields) => log.info(event, fields)],
  ];
  const debug: Write = (event, fields) => log.debug(event, fields);
  return () =>
    ({ level, namespace, log: entry }) => {
      const write = writers.find(([of]) => of === level)?.[1] ?? debug;
      write('kafka.client', { component: namespace, message: entry.message, ...knownFields(entry) });
    };
}

function knownFields(entry: Readonly<Record<string, unknown>>): LogFields {
  const { groupId, memberId, topic, partition, error } = entry;
  return {
    ...(typeof groupId === 'string' ? { groupId } : {}),
    ...(typeof memberId === 'string' ? { memberId } : {}),
    ...(typeof topic === 'string' ? { topic } : {}),
    ...(typeof partition === 'number' ? { partition } : {}),
    ...(typeof error === 'string' ? { errorMessage: error } : {}),
  };
}
