import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stderrDestination } from '../../src/runtime/log-destination.ts';

const MODULE = new URL('../../src/runtime/log-destination.ts', import.meta.url).href;

function run(script: string) {
  const code = `import { stderrDestination } from ${JSON.stringify(MODULE)};\n${script}`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'pipe'] });
}

describe('the log destination', () => {
  it('writes every line to a file, in order', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'zena-log-'));
    const path = join(directory, 'log');
    const file = openSync(path, 'w');
    const destination = stderrDestination(file);
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index} ü\n`);
    for (const line of lines) destination.write(line);
    await destination.flush();
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
    expect(destination.lost).toBe(0);
    closeSync(file);
    rmSync(directory, { recursive: true });
  });

  it('writes every line to a pipe before the process ends by itself', async () => {
    const child = run(
      'const log = stderrDestination(); for (let i = 0; i < 20000; i++) log.write(`line ${i}\\n`);',
    );
    const [written] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(written.split('\n')).toHaveLength(20_001);
  });

  it('neither stops nor keeps a process whose log nobody reads', async () => {
    const child = run(`
      const log = stderrDestination();
      for (let i = 0; i < 1000; i++) log.write('x'.repeat(10000) + '\\n');
      await new Promise(setImmediate);
      process.stdout.write(String(log.lost > 0), () => process.exit(7));`);
    child.stderr.pause();
    const [answer, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    child.stderr.destroy();
    expect([answer, exitCode]).toEqual(['true', 7]);
  });

  it('survives a reader that went away and a disk that is full', async () => {
    const child = run(`
      import { openSync } from 'node:fs';
      const pipe = stderrDestination();
      const full = stderrDestination(openSync('/dev/full', 'w'));
      for await (const _ of process.stdin);
      pipe.write('a\\n'); full.write('b\\n');
      await Promise.all([pipe.flush(), full.flush()]);
      pipe.write('a\\n'); full.write('b\\n');
      await Promise.all([pipe.flush(), full.flush()]);
      process.stdout.write(pipe.lost + ' ' + full.lost);`);
    child.stderr.destroy();
    await once(child.stderr, 'close');
    child.stdin.end();
    const [answer, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([answer, exitCode]).toEqual(['2 2', 0]);
  });
});
