import type { KitSubject } from '../../test/contract/connector/kit/kit-subject.ts';
import { fubSubject } from '../../test/connectors/follow-up-boss/fub-subject.ts';
import { kvcoreSubject } from '../../test/connectors/kvcore/kvcore-subject.ts';
import { topProducerHttpSubject } from '../../test/connectors/top-producer/top-producer-subject.ts';
import { salesforceSubject } from '../../test/connectors/salesforce/salesforce-subject.ts';
import { vaultSubject } from '../../test/connectors/mri-vault/vault-subject.ts';
import { vaultreSubject } from '../../test/connectors/vaultre/vaultre-subject.ts';

/** A connector, and what its edits may cost. */
export interface EditSubject {
  readonly subject: KitSubject;
  /** Calls by edit at the most; absent: no goal of its own. */
  readonly atMost: Readonly<Partial<Record<'mixed' | 'core' | 'entry' | 'note', number>>>;
}

/** Every connector is a line here. */
export const EDIT_SUBJECTS: readonly EditSubject[] = [
  { subject: vaultSubject, atMost: { mixed: 1, core: 1, entry: 1, note: 1 } },
  { subject: vaultreSubject(), atMost: { mixed: 2.5 } },
  { subject: fubSubject(), atMost: { core: 1.1, entry: 2, note: 2 } },
  { subject: kvcoreSubject, atMost: { mixed: 1.5, core: 1.1 } },
  { subject: topProducerHttpSubject(), atMost: { mixed: 1.1 } },
  { subject: salesforceSubject, atMost: { mixed: 1.2, core: 1.2 } },
];
