/**
 * What deliveries hold of records and links at the same time, over all connections, as `weightOf` tells it: a request, what it becomes on
 * the wire, and its answer take several times as much.
 */
export const MOST_IN_HAND = 16 * 1_048_576;
/** What nearly every record is below waits for nobody: large ones of one office hold up no others. */
const LIGHT = 65_536;

type GiveBack = () => void;

/** Room for the large things that are held at once. */
export interface ByteRoom {
  /**
   * Answers how to give it back: at once where there is room, else as soon as there is, in the order of asking. What is larger than all of
   * it gets it alone.
   */
  take(bytes: number): GiveBack | Promise<GiveBack>;
}

export function createByteRoom(most: number = MOST_IN_HAND): ByteRoom {
  let held = 0;
  const waiting: { readonly bytes: number; readonly admit: () => void }[] = [];
  const fits = (bytes: number): boolean => held === 0 || held + bytes <= most;

  const admitNext = (): void => {
    for (let [next] = waiting; next !== undefined && fits(next.bytes); [next] = waiting) {
      waiting.shift();
      held += next.bytes;
      next.admit();
    }
  };
  const giveBack = (bytes: number): GiveBack => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      held -= bytes;
      admitNext();
    };
  };

  return {
    take(bytes) {
      if (bytes <= LIGHT) return () => undefined;
      if (waiting.length === 0 && fits(bytes)) {
        held += bytes;
        return giveBack(bytes);
      }
      return new Promise((resolve) => {
        const admit = (): void => {
          resolve(giveBack(bytes));
        };
        waiting.push({ bytes, admit });
      });
    },
  };
}
