/** A fault in one line for people, with its remedy: two sentences, whether or not the first ends in a stop of its own. */
export function faultLine({
  message,
  remedy,
}: {
  readonly message: string;
  readonly remedy: string;
}): string {
  return `fault: ${/[.!?]$/.test(message) ? message : `${message}.`} ${remedy}`;
}
