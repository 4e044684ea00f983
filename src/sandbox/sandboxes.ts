import { followUpBossSandbox } from './follow-up-boss/fub-sandbox.ts';
import type { SandboxKind } from './kit/sandbox.ts';
import { kvcoreSandbox } from './kvcore/kvcore-sandbox.ts';
import { mriVaultSandbox } from './mri-vault/vault-sandbox.ts';
import { topProducerSandbox } from './top-producer/top-producer-sandbox.ts';
import { vaultreSandbox } from './vaultre/vaultre-sandbox.ts';

/** The CRMs that have a sandbox; the first is started where none is named. */
export const sandboxes: readonly [SandboxKind, ...SandboxKind[]] = [
  mriVaultSandbox,
  vaultreSandbox,
  followUpBossSandbox,
  kvcoreSandbox,
  topProducerSandbox,
];
