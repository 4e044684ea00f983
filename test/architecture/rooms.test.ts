import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  circlesOfFolders,
  fullFolders,
  graphOf,
  readPaths,
  readSources,
  smallFilesOfOne,
  type SourceGraph,
} from './source-graph.ts';

const MOST_FILES = 20;
const SMALL = 60;
const MOST_SMALL_FILES = 10;

/** Files of one importer that stay by themselves, and why. */
const SMALL_FILES: Readonly<Record<string, string>> = {
  'src/cli/commands/salesforce.ts': 'a command, each of which has its file',
  'src/delivering/account-facts.ts':
    'what is asked of a CRM before anything is planned, apart from the way of a delivery',
  'src/service/salesforce-package.ts': 'what the command line, which knows no connector, may ask of one',
  'src/state-store/sqlite/connections/setting-store.ts':
    'a store of the port, composed by what opens the file',
  'src/state-store/sqlite/links/look-store.ts': 'a store of the port, composed by what opens the file',
};

describe('the rooms of the repository', () => {
  let paths: readonly string[];
  let graph: SourceGraph;

  beforeAll(async () => {
    paths = await readPaths();
    graph = graphOf(await readSources());
  });

  it('are read, with who takes what from whom', () => {
    expect(graph.paths.length).toBeGreaterThan(500);
    expect(graph.importersOf('src/cli/main.ts')).toEqual(['bin/zena-crm.js']);
    expect(graph.importersOf('src/domain/entity.ts').length).toBeGreaterThan(20);
  });

  it(`hold at most ${MOST_FILES} files each`, () => {
    expect(fullFolders(paths, MOST_FILES)).toEqual([]);
  });

  it.each(['src/', 'dashboard/src/', 'bench/'])('lean on each other in no circle in %s', (root) => {
    expect(circlesOfFolders(graph, root)).toEqual([]);
  });

  it('have no crumbs: what one file alone uses stands in it', () => {
    const found = smallFilesOfOne(graph, SMALL);
    expect([...found].sort()).toEqual(Object.keys(SMALL_FILES).sort());
  });

  it(`name at most ${MOST_SMALL_FILES} of them, each with its reason`, () => {
    const reasons = Object.values(SMALL_FILES);
    expect(reasons.length).toBeLessThanOrEqual(MOST_SMALL_FILES);
    expect(reasons.filter((reason) => reason.length < 20)).toEqual([]);
  });

  it('tell ports by the names of their files', () => {
    const misnamed = graph.paths.filter(
      (path) => path.startsWith('src/') && /(^|[-/])ports?\.ts$/.test(path),
    );
    expect(misnamed).toEqual([]);
  });

  it('have nothing in a port that could be done: types, constants, and the errors that are part of it', () => {
    const ports = graph.paths.filter((path) => path.endsWith('.port.ts'));
    expect(ports.length).toBeGreaterThan(10);
    const acting = ports.filter((path) =>
      /^(export )?(async )?function |^(export )?const \w+ = (async )?(\(|<|\w+ =>)/m.test(graph.textOf(path)),
    );
    expect(acting).toEqual([]);
  });
});

describe('in a tree made up', () => {
  const tree = (files: Readonly<Record<string, string>>) => graphOf(new Map(Object.entries(files)));

  it('a folder and its sub-folder that need each other are a circle', () => {
    const graph = tree({
      'src/a/one.ts': "import { two } from './b/two.ts';",
      'src/a/b/two.ts': "import type { Three } from '../three.ts';",
      'src/a/three.ts': '',
    });
    expect(circlesOfFolders(graph, 'src/')).toEqual([['src/a', 'src/a/b']]);
  });

  it('a circle may go through several, and through imports that come later', () => {
    const graph = tree({
      'src/a/one.ts': "const { two } = await import('../b/two.ts');",
      'src/b/two.ts': "export { three } from '../c/three.ts';",
      'src/c/three.ts': "import {\n  four,\n} from '../a/four.ts';",
      'src/a/four.ts': '',
      'src/d/five.ts': "import '../a/one.ts';",
    });
    expect(circlesOfFolders(graph, 'src/')).toEqual([['src/a', 'src/b', 'src/c']]);
  });

  it('one way is none, and what a test needs does not count', () => {
    const graph = tree({
      'src/a/one.ts': "import '../b/two.ts';",
      'src/b/two.ts': '',
      'test/b/two.ts': "import '../../src/a/one.ts';",
    });
    expect(circlesOfFolders(graph, 'src/')).toEqual([]);
  });

  it('a file of one importer is a crumb, but not with two, with a test of its own, or at full length', () => {
    const graph = tree({
      'src/a/one.ts':
        "import './crumb.ts';\nimport './shared.ts';\nimport './tested.ts';\nimport './long.ts';",
      'src/a/two.ts': "import './shared.ts';",
      'src/a/crumb.ts': 'export const a = 1;\n',
      'src/a/shared.ts': '',
      'src/a/tested.ts': '',
      'src/a/long.ts': '\n'.repeat(60),
      'test/a/tested.test.ts': "import '../../src/a/tested.ts';",
    });
    expect(smallFilesOfOne(graph, 60)).toEqual(['src/a/crumb.ts']);
  });

  it('a folder is full beyond the limit, its sub-folders not counted', () => {
    expect(fullFolders(['src/a/1.ts', 'src/a/2.json', 'src/a/b/3.ts'], 1)).toEqual(['src/a']);
  });
});
