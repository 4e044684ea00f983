import { budgetBench } from './benches/budget.ts';
import { coalesceBench } from './benches/coalesce.ts';
import { decodeBench } from './benches/decode.ts';
import { editsBench } from './benches/edits.ts';
import { fiveCrmsBench } from './benches/five-crms.ts';
import { fullSyncBench } from './benches/full-sync.ts';
import { growthBench } from './benches/growth.ts';
import { ingestBench } from './benches/ingest.ts';
import { isolationBench } from './benches/isolation.ts';
import { latencyBench } from './benches/latency.ts';
import { neighbourBench } from './benches/neighbour.ts';
import { peersBench } from './benches/peers.ts';
import { scaleBench } from './benches/scale.ts';
import { startBench } from './benches/start.ts';
import { tenantsBench } from './benches/tenants.ts';
import type { Bench } from './harness/bench.ts';

/** In the order in which they run and are told of. */
export const BENCHES: readonly Bench[] = [
  decodeBench,
  ingestBench,
  coalesceBench,
  fullSyncBench,
  startBench,
  budgetBench,
  latencyBench,
  editsBench,
  peersBench,
  growthBench,
  isolationBench,
  fiveCrmsBench,
  tenantsBench,
  scaleBench,
  neighbourBench,
];
