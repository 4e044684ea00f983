const MOVED = 'test/delivering/moved-records.test.ts';
const MOVED_OVER_HTTP = 'test/tenancy/tenancy-moves.test.ts';

/** The ways in which a record could be shown to who may not see it: a part of the list of all defences. */
export const SIGHT_MUTATIONS = [
  {
    defence: 'a record is seen by the user whose it is, and by no other',
    file: 'src/domain/may-see.ts',
    search: 'return record.userId === principal.id;',
    replace: "return record.userId === principal.id || principal.id !== '';",
    tests: ['test/domain/may-see.test.ts', MOVED, MOVED_OVER_HTTP, 'test/tenancy/sabotage.test.ts'],
  },
  {
    defence: 'a timeline names nothing of what is another’s by then',
    file: 'src/delivering/timeline-writer.ts',
    search: 'const own = ownOnly(userPrincipal(link.userId), record);',
    replace: 'const own = ownOnly(userPrincipal(record?.userId ?? link.userId), record);',
    tests: ['test/delivering/timeline-writer.test.ts'],
  },
  {
    defence: 'a dead letter is published without what is another’s by then',
    file: 'src/delivering/follow-up.ts',
    search: 'const own = ownOnly(owner, record);',
    replace: "const own = ownOnly({ ...owner, id: record?.userId ?? '' }, record);",
    tests: [MOVED],
  },
  {
    defence: 'what programs of before left in timelines is shown to nobody',
    file: 'src/integrations/timeline-tail.ts',
    search: 'if (open.length === 0) return [...entries];',
    replace: 'if (open.length >= 0) return [...entries];',
    tests: [MOVED_OVER_HTTP],
  },
  {
    defence: 'an erasure takes what programs of before left of the user out of others’ timelines',
    file: 'src/operations/erase-user.ts',
    search: 'while (await checkTimelines(store)) {',
    replace: "while (userId === '' && (await checkTimelines(store))) {",
    tests: ['test/operations/erase-user.test.ts', MOVED_OVER_HTTP],
  },
  {
    defence:
      'what another user’s connection wrote into a CRM account that both have is told to its own user only',
    file: 'src/delivering/settle-delivery.ts',
    search: 'if (others.length === 0) return { notes, learned };',
    replace: 'if (others.length >= 0) return { notes, learned };',
    tests: [MOVED],
  },
];
