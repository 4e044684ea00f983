import Type, { type TSchema } from 'typebox';

/** A schema or null: absent values are answered as null. */
export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });
export const Count = Type.Integer({ minimum: 0 });
export const Seconds = Type.Number({ minimum: 0 });

/** A count that its name does not tell all of. */
export function counted(description: string) {
  return Type.Integer({ minimum: 0, description });
}

/** A time (epoch ms) as it is answered. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}

export function timestampOrNull(at: number | null): string | null {
  return at === null ? null : timestamp(at);
}
