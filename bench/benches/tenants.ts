import type { Bench } from '../harness/bench.ts';
import { measureBusyTenants } from '../stages/busy-tenants.ts';
import { measureIdleTenants } from '../stages/idle-tenants.ts';

/** What many connections cost: those that have nothing to do, and those that all have. */
export const tenantsBench: Bench = {
  name: 'tenants',
  title: 'Tenants: many connections, idle and busy',
  async run(stage) {
    const [idle, busy] = [await measureIdleTenants(stage), await measureBusyTenants(stage)];
    return {
      rows: [...idle.rows, ...busy.rows],
      goals: [...idle.goals, ...busy.goals],
      notes: [...idle.notes, ...busy.notes],
      wrong: [...idle.wrong, ...busy.wrong],
    };
  },
  measures: 'What connections cost in memory, timers and processor time.',
};
