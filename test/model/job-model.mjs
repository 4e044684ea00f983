// Exhaustive interleavings of one link whose create goes with a job: it is made, its name is kept on the link, it is handed in, and runs when the
// CRM likes. An ingester with two versions; two owners, of which the first may be a zombie or die; a CRM that works jobs off, may forget one that
// has run, and may leave a request without an answer. Every end state is judged; each variant switches one rule off and has to reach a bad one.
// Prints a line of JSON for each: `node test/model/job-model.mjs`.

import { exploreVariants } from './explore.mjs';

const RULES = {
  // What an earlier owner has on the wire is waited out before its job is looked at, or anything is looked for.
  waitOut: true,
  // The job's name is kept before it is handed in, by whoever still has the claim.
  keepBeforeHandIn: true,
  keepByClaim: true,
  // A link whose job is known waits for its row, and makes nothing meanwhile.
  waitForRow: true,
  // A job that is gone may have run: what it made is looked for before it is repeated.
  lookAfterGone: true,
  // A row acknowledges what was sent, not what is wanted by now.
  rowIsWhatWasSent: true,
  // A link rests only while nothing newer is wanted.
  releaseByWanted: true,
};

const LAST = 2;
const MOST_JOBS = 3;

const begin = (budget) => ({
  rec: 0,
  link: { wanted: 0, due: 0, rid: 0, core: 0, job: 0, sent: 0, claim: 0, tok: 0, doubt: 0 },
  ownerEpoch: 1,
  workers: [
    { pc: 'idle', epoch: 1 },
    { pc: 'off', epoch: 2 },
  ],
  jobs: [],
  crm: [],
  wire: [],
  left: { ...budget },
  tokens: 1,
});

const isMine = (state, worker) => state.link.tok === worker.tok;
const older = (state, worker) => state.wire.some(({ epoch }) => epoch < worker.epoch);

const STEPS = {
  idle(state, worker) {
    const { link, ownerEpoch } = state;
    if (worker.epoch !== ownerEpoch || !link.due || (link.tok !== 0 && link.claim >= worker.epoch)) return [];
    return [
      (next, me) => {
        if (next.link.tok !== 0 && next.link.rid !== 0) next.link.doubt = 1;
        next.link.claim = me.epoch;
        next.link.tok = me.tok = next.tokens++;
        me.pc = 'plan';
      },
    ];
  },
  plan: () => [
    (next, me, rules) => {
      const { link } = next;
      if (!isMine(next, me)) return void (me.pc = 'idle');
      me.seen = next.rec;
      me.wanted = link.wanted;
      if (link.rid !== 0) me.pc = link.doubt ? 'read' : link.core === next.rec ? 'release' : 'send put';
      else if (link.job !== 0 && rules.waitForRow) me.pc = 'look at job';
      else me.pc = 'search';
    },
  ],
  search: (state, worker, rules) =>
    rules.waitOut && older(state, worker)
      ? []
      : [
          (next, me) => {
            if (!isMine(next, me)) return void (me.pc = 'idle');
            if (next.crm.length === 0) return void (me.pc = 'send make');
            next.link.rid = 1;
            next.link.job = 0;
            next.link.doubt = 1;
            me.pc = 'plan';
          },
        ],
  read: (state, worker, rules) =>
    rules.waitOut && older(state, worker)
      ? []
      : [
          (next, me) => {
            if (!isMine(next, me)) return void (me.pc = 'idle');
            next.link.core = next.crm[next.link.rid - 1];
            next.link.doubt = 0;
            me.pc = 'plan';
          },
        ],
  // One that is known and hasn't run yet: the link stays as it is, and whoever has it next looks again.
  'look at job'(state, worker, rules) {
    if (rules.waitOut && older(state, worker)) return [];
    const job = state.jobs[state.link.job - 1];
    // Nothing changes by looking again before it does.
    if (job?.state === 'handed in') return [];
    return [
      (next, me) => {
        if (!isMine(next, me)) return void (me.pc = 'idle');
        const { link } = next;
        const { state: is, made } = next.jobs[link.job - 1];
        link.job = 0;
        if (is === 'done') {
          link.rid = made;
          link.core = rules.rowIsWhatWasSent ? link.sent : me.seen;
          me.pc = 'plan';
        } else me.pc = rules.lookAfterGone ? 'search' : 'send make';
      },
    ];
  },
  'send make': send,
  'send hand in': send,
  'send put': send,
  got: () => [
    (next, me, rules) => {
      const { link } = next;
      if (me.what === 'make') {
        me.job = me.made;
        me.pc = rules.keepBeforeHandIn ? 'keep' : 'send hand in';
      } else if (me.what === 'hand in') me.pc = rules.keepBeforeHandIn ? 'hold' : 'keep';
      else {
        if (isMine(next, me)) link.core = me.seen;
        me.pc = 'plan';
      }
    },
  ],
  keep: () => [
    (next, me, rules) => {
      if (isMine(next, me)) {
        next.link.job = me.job;
        next.link.sent = me.seen;
      } else if (rules.keepByClaim) return void (me.pc = 'idle');
      me.pc = rules.keepBeforeHandIn ? 'send hand in' : 'hold';
    },
  ],
  // It stays due: whoever has it next looks at its job.
  hold: () => [
    (next, me) => {
      if (isMine(next, me)) next.link.tok = 0;
      me.pc = 'idle';
    },
  ],
  silent: () => [
    (next, me) => {
      if (isMine(next, me)) {
        if (me.what === 'put') next.link.doubt = 1;
        next.link.tok = 0;
      }
      me.pc = 'idle';
    },
  ],
  release: () => [
    (next, me, rules) => {
      if (isMine(next, me)) {
        next.link.tok = 0;
        if (!rules.releaseByWanted || next.link.wanted === me.wanted) next.link.due = 0;
      }
      me.pc = 'idle';
    },
  ],
};

// A zombie that sees its lease gone does not send; one that does not ask the store whose the link is may still have it.
function send(state, worker, rules) {
  // Without its rules it would go on for ever.
  if (worker.pc === 'send make' && state.jobs.length === MOST_JOBS) return [];
  if (rules.waitOut && older(state, worker)) return [];
  return [
    (next, me) => {
      if (next.ownerEpoch !== me.epoch && rules.keepByClaim) return void (me.pc = 'idle');
      me.what = me.pc.slice('send '.length);
      const { rid } = next.link;
      next.wire.push({
        epoch: me.epoch,
        by: me.epoch - 1,
        what: me.what,
        seen: me.seen,
        rid,
        job: me.job ?? 0,
      });
      me.pc = 'wait';
    },
  ];
}

function carryOut(next, { what, seen, rid, job }) {
  if (what === 'make') {
    next.jobs.push({ state: 'open', seen, made: 0 });
    return next.jobs.length;
  }
  if (what === 'put') next.crm[rid - 1] = seen;
  const handed = next.jobs[job - 1];
  if (what === 'hand in' && handed.state === 'open') handed.state = 'handed in';
  return 0;
}

// The CRM works off what was handed in, and may forget what has run.
function jobsOf(state) {
  const changes = [];
  state.jobs.forEach((job, at) => {
    if (job.state === 'handed in')
      changes.push((next) => {
        next.crm.push(job.seen);
        next.jobs[at].state = 'done';
        next.jobs[at].made = next.crm.length;
      });
    if (job.state === 'done' && state.left.forget > 0)
      changes.push((next) => {
        next.left.forget -= 1;
        next.jobs[at].state = 'forgotten';
      });
  });
  return changes;
}

function judge({ crm, link }) {
  return { doubled: crm.length > 1, lost: crm[link.rid - 1] !== LAST };
}

const FAULTS = [
  { silent: 1, crash: 1, forget: 0 },
  { silent: 0, crash: 1, forget: 1 },
];

exploreVariants({
  rules: RULES,
  faults: FAULTS,
  begin,
  steps: STEPS,
  carryOut,
  ofCrm: jobsOf,
  judge,
  last: LAST,
});
