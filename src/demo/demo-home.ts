import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';

/** The demo's own folder, made anew for each run. */
export interface DemoHome {
  readonly folder: string;
  readonly encryptionKeyFile: string;
  readonly jwtSecretFile: string;
  readonly logFile: string;
  /** Open for writing. */
  readonly logDescriptor: number;
}

/** Marks the folder as one that may be wiped. */
const MARK = 'made-by-zena-crm-demo';

/** Makes `<dataDir>/demo` anew, with new keys that only this user can read. Never wipes a folder that it did not make. */
export function makeDemoHome(dataDir: string): DemoHome {
  const folder = join(dataDir, 'demo');
  if (existsSync(folder) && !existsSync(join(folder, MARK)) && readdirSync(folder).length > 0) {
    throw new CommandFailure(
      EXIT.configuration,
      `${folder} holds something else than a demo's data`,
      'Move it away, or set DATA_DIR to another folder.',
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    return path;
  };
  file(MARK, 'zena-crm demo wipes this folder whenever it starts.\n');
  const logFile = join(folder, 'service.log');
  return {
    folder,
    encryptionKeyFile: file('encryption-key', randomBytes(32).toString('hex')),
    jwtSecretFile: file('jwt-secret', randomBytes(48).toString('base64')),
    logFile,
    logDescriptor: openSync(logFile, 'wx', 0o600),
  };
}
