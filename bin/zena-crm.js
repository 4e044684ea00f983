#!/usr/bin/env -S node --max-semi-space-size=8
// Node's own choice keeps far more memory for young objects, from the start on: see what `npm run bench -- start ingest` says of either.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sources are TypeScript, which Node runs from this version on. */
const NEEDED_MAJOR = 24;

/** The Node that is installed with the project; null where there is none for this platform, or it was left out. */
function projectNode() {
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  try {
    const folder = dirname(module.createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(folder, 'bin', isWindows ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : null;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return null;
    throw error;
  }
}

/** Becomes the other Node where this one can replace its own process, else stands in front of it. */
function runWith(binary) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (typeof process.execve === 'function') process.execve(binary, [binary, ...args], process.env);
  // The channel tells the child when this process is gone, killed or not: nothing of it stays behind.
  const child = spawn(binary, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`error: Node ${NEEDED_MAJOR} can't be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, forward);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

/** Features that are used on purpose, and kafkajs' timer that is due at once and has a time of its own making. */
function isExpected({ name, stack = '' }) {
  return name === 'ExperimentalWarning' || (name === 'TimeoutNegativeWarning' && stack.includes('kafkajs'));
}

/** Keeps warnings out of the output that nobody has to act on. */
function muteExpectedWarnings() {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (!isExpected(warning)) for (const print of printers) print.call(process, warning);
  });
}

/**
 * Keeps what Node makes of the sources, its types taken away and compiled, for the next start: that takes half the time. Beside
 * the packages, where nobody else may write; where this user may not either, it does without.
 */
function rememberCompiled() {
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/zena-crm', import.meta.url)));
}

muteExpectedWarnings();
if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  if (process.channel) {
    process.channel.unref();
    process.once('disconnect', () => process.exit(1));
  }
  rememberCompiled();
  const { main } = await import('../src/cli/main.ts');
  await main();
} else {
  const binary = projectNode();
  if (binary === null) {
    process.stderr.write(
      `error: zena-crm needs Node ${NEEDED_MAJOR} or newer; this is ${process.versions.node}.\n` +
        '       On Linux (x64, arm64) and Windows (x64) `npm ci` brings one along; elsewhere install it.\n',
    );
    process.exitCode = 1;
  } else runWith(binary);
}
