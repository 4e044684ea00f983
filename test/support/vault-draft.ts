import { vaultMapping } from '../../src/connectors/mri-vault/mapping.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import { draftOf, type Draft, type ResolveReference } from '../../src/domain/mapping.ts';

const nobody: ResolveReference = () => null;

/** What the vault should hold for a body. */
export function vaultDraft(body: EntityBody, resolve = nobody): Draft {
  return draftOf(body, vaultMapping(body.kind), { resolve, timeZone: 'UTC' });
}
