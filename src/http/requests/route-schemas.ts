import Type from 'typebox';

/** For routes that take no query: an unknown parameter is refused, not ignored. */
export const NO_QUERY = Type.Object({}, { additionalProperties: false });

export const PROVIDER_PARAMS = Type.Object({
  provider: Type.String({ description: 'A provider id such as `mri_vault`.' }),
});
