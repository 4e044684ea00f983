/**
 * Whether an error, or what caused it, is a broker's answer of one of these types (`UNKNOWN_TOPIC_OR_PARTITION`, …). kafkajs
 * wraps what a broker says once for each retry that it gave up.
 */
export function isProtocolError(error: unknown, types: readonly string[]): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth += 1) {
    if ('type' in each && typeof each.type === 'string' && types.includes(each.type)) return true;
  }
  return false;
}

export const TOPIC_MISSING: readonly string[] = ['UNKNOWN_TOPIC_OR_PARTITION'];
export const TOO_LARGE: readonly string[] = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];
