/** Bounds of ids, themselves left out. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

/** The ids that begin with a prefix and a slash: a scope's links, a kind's records. `0` is the character after the slash. */
export function idsUnder(prefix: string): IdRange {
  return { from: `${prefix}/`, to: `${prefix}0` };
}

/** A connection's links, whatever their account: ids begin with the connection's and a dot, and a slash is what comes after a dot. */
export function linksOfConnection(connectionId: string): IdRange {
  return { from: `${connectionId}.`, to: `${connectionId}/` };
}
