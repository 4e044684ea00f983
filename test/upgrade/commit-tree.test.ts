import { describe, expect, it } from '@jest/globals';
import { checkOutCommit } from '../support/commit-tree.ts';

describe('the tree of another commit', () => {
  it.each(['0123456789012345678901234567890123456789', 'no-such-branch', '--all'])(
    'is refused, with what to do, where the clone has no %s',
    async (revision) => {
      await expect(checkOutCommit(revision)).rejects.toThrow(
        `This clone doesn't have the commit ${revision}. Where it is shallow, \`git fetch --unshallow\` brings`,
      );
    },
  );
});
