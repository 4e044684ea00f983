import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine that figures were taken on; ratios say more than they do. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Of the last minute, before the first bench: what else ran. */
  readonly loadBefore: number;
}

export function readMachine(): Machine {
  return {
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
