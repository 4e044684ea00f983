/** Where this browser is, as a zone of the IANA database; `UTC` where it doesn't say. */
export function browserTimeZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return knownTimeZone(timeZone) ? timeZone : 'UTC';
}

/** Zones to choose from, in the order of their names; the chosen one among them, whatever this browser knows. */
export function timeZoneChoices(chosen: string): readonly string[] {
  return [...new Set(['UTC', chosen, ...Intl.supportedValuesOf('timeZone')])].sort();
}

/** An unknown place is told as `Etc/Unknown` or as nothing, which no service knows. */
function knownTimeZone(timeZone: string | undefined): timeZone is string {
  return timeZone !== undefined && timeZone !== '' && timeZone !== 'Etc/Unknown';
}
