import Type, { type Static } from 'typebox';
import type { KeyStatus } from '../../operations/key-status.ts';
import type { RotationStep } from '../../operations/rotate-keys.ts';
import { Count, nullable } from './scalars.ts';

const KeyUseSchema = Type.Object({
  keyId: Type.String({ description: 'Says nothing about the key; the same on every process.' }),
  role: Type.Union([Type.Literal('current'), Type.Literal('retired'), Type.Literal('missing')], {
    description: '`missing`: something is sealed under it, and it is not here.',
  }),
  connections: Count,
  earlierForm: Type.Integer({ minimum: 0, description: 'Those of them that are sealed in an earlier form.' }),
  canary: Type.Boolean({ description: 'The canary is sealed under it: no service starts without it.' }),
  needed: Type.Boolean({ description: 'False: it may be taken out of `ENCRYPTION_KEYS_RETIRED`.' }),
});

export const KeyStatusSchema = Type.Object({
  currentKeyId: Type.String(),
  keys: Type.Array(KeyUseSchema),
  toReseal: Type.Integer({ minimum: 0, description: 'Connections that a rotation would seal anew.' }),
  rotated: Type.Boolean({ description: 'Everything is sealed under the current key.' }),
});

export type KeyStatusView = Static<typeof KeyStatusSchema>;

export function keyStatusView({ currentKeyId, keys, toReseal, rotated }: KeyStatus): KeyStatusView {
  return { currentKeyId, keys: keys.map((each) => ({ ...each })), toReseal, rotated };
}

export const RotationStepSchema = Type.Object({
  resealed: Count,
  unreadable: Type.Integer({
    minimum: 0,
    description: 'Connections whose credentials do not open with the keys that are here; left as they are.',
  }),
  nextCursor: nullable(Type.String()),
  status: nullable(KeyStatusSchema),
});

export type RotationStepView = Static<typeof RotationStepSchema>;

export function rotationStepView(step: RotationStep): RotationStepView {
  const { resealed, unreadable, nextCursor, status } = step;
  return { resealed, unreadable, nextCursor, status: status === null ? null : keyStatusView(status) };
}
