import { describe, expect, it } from '@jest/globals';
import { startNativeServer } from '../../bench/support/native-server.ts';
import { processTreeCpuMs } from '../../bench/support/process-cpu.ts';

const command = process.execPath;
const program = (code: string) => ({ command, args: ['-e', code], ready: /it serves/ });
/** Until it has had 150 ms of a processor, however long that takes. */
const WORK = 'while (process.cpuUsage().user + process.cpuUsage().system < 150_000);';

describe('a server of the system’s packages', () => {
  it('is ready when its log says so, and gone when it was ended', async () => {
    const server = await startNativeServer(program("console.log('it serves'); setInterval(() => {}, 1000)"));
    expect(isAlive(server?.pid ?? 0)).toBe(true);
    await server?.end('SIGKILL');
    expect(isAlive(server?.pid ?? 0)).toBe(false);
    await server?.end('SIGKILL');
  });

  it('is given its input', async () => {
    const code =
      "process.stdin.on('data', (text) => { console.log('it ' + text); setInterval(() => {}, 1000) })";
    const server = await startNativeServer({ ...program(code), input: 'serves' });
    await server?.end('SIGKILL');
    expect(server).not.toBeNull();
  });

  it('is nothing where the machine does not have it', async () => {
    expect(await startNativeServer({ command: 'no-such-server', args: [], ready: /./ })).toBeNull();
  });

  it('that ends before it serves is refused with what it said', async () => {
    const start = startNativeServer(program("console.error('no room'); process.exit(3)"));
    await expect(start).rejects.toThrow(/ended with 3: no room/);
  });

  it('is counted with all that it started, also what has ended', async () => {
    const child = JSON.stringify(`${WORK} setInterval(() => {}, 1000)`);
    const code = `
      const { spawn, spawnSync } = require('node:child_process');
      spawnSync(process.execPath, ['-e', ${JSON.stringify(WORK)}]);
      const other = spawn(process.execPath, ['-e', ${child}.replace('set', "console.log('done');set")]);
      other.stdout.once('data', () => console.log('it serves'));
      process.on('SIGTERM', () => { other.kill(); process.exit(0); });`;
    const server = await startNativeServer(program(code));
    const counted = processTreeCpuMs(server?.pid ?? 0);
    await server?.end('SIGTERM');
    // The figure is read from Linux' accounting, in hundredths of a second.
    expect(process.platform === 'linux' ? counted : 300).toBeGreaterThanOrEqual(250);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
