import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import { SETTING_NAMES, settingOf } from '../../src/config/settings.ts';
import { interpolate, readComposeFile, repository } from './compose-file.ts';
import { imageEnvironment, readDockerfile } from './dockerfile.ts';

const { services, volumes } = readComposeFile();
const service = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
};
const programs = ['setup', 'sandbox', 'service'];
const image = imageEnvironment(readDockerfile(repository));
const secrets = {
  ENCRYPTION_KEY: 'a1'.repeat(32),
  JWT_SECRET: 'a secret of more than thirty-two bytes',
};

describe('docker-compose.yml', () => {
  it('has the servers, their set-up, the sandbox and the service', () => {
    expect(Object.keys(services).sort()).toEqual([
      'kafka',
      'mongodb',
      'registry',
      'sandbox',
      'service',
      'setup',
    ]);
  });

  it('names an exact version of every image it does not build', () => {
    for (const [name, { image: reference, build }] of Object.entries(services)) {
      if (programs.includes(name)) expect(build).toBe('.');
      else expect(reference).toMatch(/^[a-z/-]+:\d+\.\d+\.\d+(\.Final)?$/);
    }
  });

  it('sets only variables that the program reads', () => {
    const names = programs.flatMap((name) => Object.keys(service(name).environment ?? {}));
    expect(names.filter((name) => !(SETTING_NAMES as readonly string[]).includes(name))).toEqual([]);
  });

  it('takes every secret from outside and says which is missing', () => {
    for (const name of Object.keys(services)) {
      for (const [variable, value] of Object.entries(service(name).environment ?? {})) {
        const setting = SETTING_NAMES.find((known) => known === variable);
        if (setting === undefined || !('secret' in settingOf(setting))) continue;
        if (setting !== 'MONGODB_URL') expect(value).toMatch(new RegExp(`^\\$\\{${variable}:\\?.+\\}$`));
      }
    }
    expect(service('service').environment?.['MONGODB_URL']).not.toContain('@');
    expect(() => interpolate(service('service').environment ?? {}, {})).toThrow(/ENCRYPTION_KEY: 32 bytes/);
  });

  it('gives the service a configuration without a fault or a warning', () => {
    const given = { ...image, ...interpolate(service('service').environment ?? {}, secrets) };
    const result = readConfig(given, { require: 'start' });
    expect({ ok: result.ok, warnings: result.warnings }).toEqual({ ok: true, warnings: [] });
    expect(result).toMatchObject({ config: { mode: 'servers', http: { host: '0.0.0.0', port: 8080 } } });
  });

  it('sets up topics and schemas before the service starts, once all servers serve', () => {
    const [script = ''] = service('setup').command ?? [];
    expect(service('setup').entrypoint).toEqual(['sh', '-ec']);
    expect(script.split(/\s*;\s*/)).toEqual(['zena-crm topics create', 'zena-crm schemas register']);
    expect(service('service').depends_on).toEqual({
      kafka: { condition: 'service_healthy' },
      registry: { condition: 'service_healthy' },
      mongodb: { condition: 'service_healthy' },
      setup: { condition: 'service_completed_successfully' },
      sandbox: { condition: 'service_healthy' },
    });
  });

  it('checks the health of whatever another service waits for', () => {
    for (const name of Object.keys(services)) {
      for (const [waitedFor, { condition }] of Object.entries(service(name).depends_on ?? {})) {
        if (condition === 'service_healthy') expect(service(waitedFor).healthcheck?.test).toBeDefined();
      }
    }
  });

  it('publishes its ports to this machine only', () => {
    const ports = Object.values(services).flatMap(({ ports: published = [] }) => published);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    expect(ports).toEqual(expect.arrayContaining(['127.0.0.1:8080:8080', '127.0.0.1:8090:8090']));
  });

  it('lets the service reach the sandbox over plain http, and nothing else', () => {
    expect(service('service').environment?.['ALLOWED_INSTANCE_HOSTS']).toBe('sandbox:8090');
    expect(service('sandbox').command).toEqual(['sandbox', '--host', '0.0.0.0', '--port', '8090']);
  });

  it('keeps what the servers hold in volumes that it declares', () => {
    for (const name of ['kafka', 'registry', 'mongodb']) {
      const [volume = ''] = (service(name).volumes ?? []).map((mount) => mount.split(':')[0] ?? '');
      expect(Object.keys(volumes)).toContain(volume);
    }
  });

  it('waits longer for the service to stop than the service takes at most', () => {
    const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
    const { stop_grace_period: patience, environment } = service('service');
    expect(seconds(patience)).toBeGreaterThan(seconds(environment?.['SHUTDOWN_GRACE']));
  });
});
