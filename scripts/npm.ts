import { execFile } from 'node:child_process';

/** Runs npm without a shell in a folder; its stdout, whatever the exit code. Rejects when npm can't be run or takes too long. */
export function npm(folder: string, args: readonly string[], timeoutMs = 120_000): Promise<string> {
  const script = process.env['npm_execpath'];
  const [file, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  const options = { cwd: folder, timeout: timeoutMs, maxBuffer: 64 * 1_048_576 };
  return new Promise((resolve, reject) => {
    execFile(file, [...first, ...args], options, (error, stdout) => {
      if (error !== null && stdout === '') reject(new Error(`npm did not run: ${error.message}`));
      else resolve(stdout);
    });
  });
}
