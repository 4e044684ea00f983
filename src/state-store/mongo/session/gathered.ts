/** So many askers share a request at most. */
const MOST = 100;

interface Asker<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for what several callers want by one request. One is on its way at a time: alone each goes at once, and under load those that
 * come meanwhile share the next one, so that a busy server is asked less often. What a caller hears was asked for after it called. A
 * request that fails fails for all who share it.
 *
 * @param request answers for each item, in their order
 */
export function gathered<Item, Answer>(
  request: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const waiting: Asker<Item, Answer>[] = [];
  let underWay = false;

  const send = async (askers: readonly Asker<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await request(askers.map(({ item }) => item));
      askers.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      for (const { reject } of askers) reject(error);
    }
  };

  const sendAll = async (): Promise<void> => {
    underWay = true;
    while (waiting.length > 0) await send(waiting.splice(0, MOST));
    underWay = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!underWay) void sendAll();
    });
}
