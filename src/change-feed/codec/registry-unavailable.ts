/**
 * The schema registry can't be asked or refuses to answer: not reached, too slow, failing, or our login is rejected. It
 * says nothing about the schema that was asked for, so whatever needs it waits. The message holds no login.
 */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
  readonly code = 'REGISTRY_UNAVAILABLE';
}
