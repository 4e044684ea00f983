import Type from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';

/** For routes that take no query: an unknown parameter is refused, not ignored. */
export const NO_QUERY = Type.Object({}, { additionalProperties: false });

const Provider = Type.String({ description: 'A provider id such as `mri_vault`.' });

export const PROVIDER_PARAMS = Type.Object({ provider: Provider });

export const RUN_PARAMS = Type.Object({ provider: Provider, runId: Type.String() });

/** Anything may come as an entity: an unknown one is not found, like an unknown id. */
export const RECORD_PARAMS = Type.Object({
  provider: Provider,
  entity: Type.String({ description: `One of ${ENTITY_KINDS.join(', ')}.` }),
  entityId: Type.String(),
});

export const LETTER_PARAMS = Type.Object({ letterId: Type.String() });

export const REPLAY_PARAMS = Type.Object({ replayId: Type.String() });
