import type { OpenPart } from '../harness/part.ts';
import { startIdleProgram, type SeenAttack } from '../neighbour/start-idle-program.ts';

export interface IdleInput {
  readonly seen: SeenAttack;
  readonly crmUrl: string;
}

/** A program that does nothing, in a process of its own. */
export const openPart: OpenPart<null> = async () => {
  const idle = await startIdleProgram();
  return {
    commands: {
      url: () => Promise.resolve(idle.url),
      begin({ seen, crmUrl }: IdleInput) {
        idle.begin(seen, crmUrl);
        return Promise.resolve();
      },
      end: () => idle.end(),
    },
    close: () => idle.close(),
  };
};
