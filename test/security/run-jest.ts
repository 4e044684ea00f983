import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One test as it ended. */
export interface TestEnd {
  /** Relative to the folder that it ran in. */
  readonly file: string;
  /** The describe blocks around it, the outermost first. */
  readonly blocks: readonly string[];
  readonly name: string;
  readonly passed: boolean;
}

export interface JestEnd {
  readonly tests: readonly TestEnd[];
  /** Files that could not even be run. */
  readonly broken: readonly string[];
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** Runs test files of the core tier in a folder that is a checkout or a copy of one. Never rejects for a test that fails. */
export async function runJest(root: string, files: readonly string[], only?: string): Promise<JestEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-jest-'));
  const output = join(folder, 'report.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--selectProjects',
    'core',
    '--config',
    join(root, 'jest.config.js'),
    '--rootDir',
    root,
    '--forceExit',
    '--json',
    '--outputFile',
    output,
    ...(only === undefined ? [] : ['--testNamePattern', only]),
    '--runTestsByPath',
    ...files,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    const report = JSON.parse(await readFile(output, 'utf8')) as JestReport;
    return readReport(report, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readReport({ testResults }: JestReport, root: string): JestEnd {
  const relative = (name: string) => name.slice(name.indexOf('/test/') + 1);
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ ancestorTitles, title, status }) => ({
        file: relative(name),
        blocks: ancestorTitles,
        name: title,
        passed: status === 'passed',
      })),
  );
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  return { tests, broken: broken.map(({ name }) => relative(name.replace(root, ''))) };
}
