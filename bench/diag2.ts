import { createBenchServers } from './harness/bench-servers.ts';
import { startPart } from './harness/part.ts';
import { startFleet } from './support/worker-fleet.ts';
import { mriVault } from '../src/connectors/mri-vault/mri-vault.ts';
import { shardOf, SHARD_COUNT } from '../src/domain/shard.ts';
const t0 = performance.now();
const log = (...a: any[]) => console.log(((performance.now() - t0) / 1000).toFixed(1), ...a);

import { readFileSync, readdirSync } from 'node:fs';
const cpuOf = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`,'utf8').split(') ')[1]!.split(' '); return (Number(f[11])+Number(f[12]))*10; };
const javas = () => readdirSync('/proc').filter((d) => /^\d+$/.test(d)).filter((d) => { try { return readFileSync(`/proc/${d}/stat`,'utf8').split(') ')[1]!.split(' ')[1] === String(process.pid) && readFileSync(`/proc/${d}/cmdline`,'utf8').includes('Supervised'); } catch { return false; } }).map((d) => [readFileSync(`/proc/${d}/cmdline`,'utf8').split('\0').filter(Boolean).find((x) => /^(KafkaNode|MongoProtocolServer)$/.test(x)) ?? 'registry', Number(d)] as const);
const stat = () => { const f = readFileSync('/proc/stat','utf8').split('\n')[0]!.split(/ +/).slice(1).map(Number); return { idle: (f[3]! + f[4]!) * 10, all: f.slice(0,8).reduce((a,b)=>a+b,0) * 10 }; };
const servers = createBenchServers((t) => log(t));
try {
  const tier = await servers.addresses();
  log('servers');
  const budgets = [10, 50, 200];
  const apiKeys = Array.from({ length: 60 }, (_, i) => `key-${i}`);
  const crms = await Promise.all(budgets.map((b) => startPart('crm', { latencyMs: 20, rateLimit: { requestsPerSecond: b, burst: Math.max(2, b / 10) }, apiKeys })));
  const urls = await Promise.all(crms.map(async (c) => (await c.ask<string>('url')).value));
  const fleet = await startFleet(tier, { crmUrls: urls, partitions: 12, requestsPerSecond: 50, maxConcurrent: 16, limits: { vault_10: 10, vault_50: 50, vault_200: 200 } });
  const n = Number(process.argv[2] ?? 3);
  await fleet.resize(n);
  log('fleet');
  const { leases, workers } = await fleet.ownership();
  const owner = new Map(leases.map((l) => [l.shard, l.owner]));
  const chosen = budgets.map((_, i) => apiKeys.find((k) => owner.get(shardOf(mriVault.budgetKey({ apiKey: k, instanceUrl: urls[i]! }), SHARD_COUNT)) === workers[i % n]!.workerId)!);
  await fleet.connect(budgets.flatMap((b, i) => [1, 2].map((u) => ({ userId: `u-${b}-${u}`, apiKey: chosen[i]!, instanceUrl: urls[i]!, provider: `vault_${b}` }))));
  log('connected', chosen);
  const seconds = 4;
  const pids: (readonly [string, number])[] = [...fleet.workers.map((w, i) => [`worker${i}`, w.pid] as const), ...crms.map((c, i) => [`crm${i}`, c.pid] as const), ...javas(), ['bench', process.pid]];
  for (let version = 1; version <= 4; version++) {
    await Promise.all(crms.map((c) => c.ask('arrivals')));
    const c0 = pids.map(([, p]) => cpuOf(p)); const s0 = stat(); const w0 = performance.now();
    await fleet.publish(budgets.flatMap((b) => [0, 1].map((u) => ({ userId: `u-${b}-${u + 1}`, from: 10_000 * b + u * b * seconds / 2, to: 10_000 * b + (u + 1) * b * seconds / 2, versions: [version, version] as [number, number] }))));
    log('published');
    await Promise.all(crms.map((c, i) => c.ask('written', budgets[i]! * seconds)));
    { const ms = performance.now() - w0; const s1 = stat(); log('cpu', pids.map(([n, p], i) => `${n} ${((cpuOf(p) - c0[i]!) / ms).toFixed(2)}`).join(' '), 'busy', (1 - (s1.idle - s0.idle) / (s1.all - s0.all)).toFixed(2)); }
    for (const [i, c] of crms.entries()) {
      const times = (await c.ask<any[]>('arrivals')).value.map((a) => a.at);
      for (let j = 2; j < times.length; j++) { const lim = budgets[i]!; const k = Math.max(2, lim / 10); if (j >= k && times[j] - times[j - k]! < 0.9 * (k - 0) * 1000 / lim - 1000 / lim) log('   bunch at', lim, 'call', j, times.slice(j - k, j + 1).map((t) => (t - times[0]!).toFixed(0)).join(' ')); }
      const gaps = times.slice(1).map((t, j) => t - times[j]!).sort((a, b) => a - b);
      log(version, budgets[i], 'cpu', '', 'calls', times.length, 'used', ((times.length - 1) / ((times.at(-1) - times[0]) / 1000) / budgets[i]!).toFixed(3), 'over', (await c.ask<any>('state')).value.overLimit, 'gaps p50', gaps[gaps.length >> 1]?.toFixed(1), 'p99', gaps[Math.floor(gaps.length * 0.99)]?.toFixed(0), 'max', gaps.at(-1)?.toFixed(0));
    }
  }
  log(await fleet.errors());
  await fleet.close();
  await Promise.all(crms.map((c) => c.close()));
} finally { await servers.close(); }
log('done');
