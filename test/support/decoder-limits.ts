/** What a decoder of change events is told beside the schemas, as the program's defaults have it. */
export const DECODER_LIMITS = { maxBytes: 262_144, now: () => Date.now() };
