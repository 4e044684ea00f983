import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

/** Profiles this process while it carries out a command. */
export interface CommandProfiler {
  /** Begins anew: what was before is not kept. */
  begin(): void;
  /** Writes what was found; a second time it does nothing. */
  end(): void;
}

let written = 0;

/** Profiles from now on, and writes `<label>~<process>-<n>.cpuprofile` into the folder. */
export function profileCommand(folder: string, label: string): CommandProfiler {
  mkdirSync(folder, { recursive: true });
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  let runs = false;
  const begin = (): void => {
    if (runs) session.post('Profiler.stop');
    session.post('Profiler.start');
    runs = true;
  };
  begin();
  return {
    begin,
    end() {
      if (!runs) return;
      runs = false;
      // In a session with one's own thread the answer is there before this returns.
      session.post('Profiler.stop', (error, answer) => {
        if (error !== null) throw new Error(`no profile of ${label}`, { cause: error });
        written += 1;
        const file = `${label}~${process.pid}-${written}.cpuprofile`;
        writeFileSync(join(folder, file), JSON.stringify(answer.profile));
      });
      session.disconnect();
    },
  };
}
