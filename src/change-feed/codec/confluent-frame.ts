const MAGIC = 0;
const HEADER_BYTES = 5;

/** A value in Confluent's wire format: the magic byte 0, the schema's id as four bytes, the schema's own encoding. */
export interface ConfluentFrame {
  readonly schemaId: number;
  readonly payload: Buffer;
}

/** Reads the frame; null unless the value starts with the magic byte and is long enough to hold an id. */
export function readFrame(value: Buffer): ConfluentFrame | null {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC) return null;
  return { schemaId: value.readInt32BE(1), payload: value.subarray(HEADER_BYTES) };
}

/** Puts the header before an encoded payload. */
export function writeFrame({ schemaId, payload }: ConfluentFrame): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(schemaId, 1);
  return Buffer.concat([header, payload]);
}
