// Exhaustive interleavings of one link whose record takes several requests: a core, a part that is replaced, and a text that is added once.
// An ingester with two versions; two owners, of which the first may be a zombie or die; a CRM with requests in flight, which may be answered,
// taken without an answer, or refused for a while, and whose search may be behind. Every end state is judged; each variant switches one rule
// off and has to reach a bad one, at which it stops. Prints a line of JSON for each: `node test/model/link-model.mjs`.

import { exploreVariants } from './explore.mjs';

const RULES = {
  // What an earlier owner has on the wire is waited out before anything is looked for, or written.
  waitOut: true,
  waitOutWrites: true,
  // A create is announced before it is sent, and looked for before it is repeated.
  intentBeforeCall: true,
  lookBeforeCreate: true,
  // What a create made is written down before anything else is sent for it.
  noteMade: true,
  // A record is acknowledged once all of its parts are.
  shadowOnceWhole: true,
  // A text is written down as in doubt before it is sent, and one in doubt is looked for before it is repeated.
  noteBeforeAppend: true,
  listBeforeRepeat: true,
  // A link rests only while nothing newer is wanted.
  releaseByWanted: true,
};

const NONE = 0;
const DOUBTED = 1;
const SENT = 2;
const LAST = 2;

const begin = (budget) => ({
  rec: 0,
  link: {
    wanted: 0,
    due: 0,
    shadow: 0,
    rid: 0,
    intent: 0,
    claim: 0,
    tok: 0,
    doubt: 0,
    core: 0,
    part: 0,
    fates: [0, 0, 0],
  },
  ownerEpoch: 1,
  workers: [
    { pc: 'idle', epoch: 1 },
    { pc: 'off', epoch: 2 },
  ],
  crm: [],
  wire: [],
  left: { ...budget },
  tokens: 1,
});

const isMine = (state, worker) => state.link.tok === worker.tok;
const older = (state, worker) => state.wire.some(({ epoch }) => epoch < worker.epoch);

// What a worker of this state may do next, as functions that change a copy of the world.
const STEPS = {
  idle(state, worker) {
    const { link, ownerEpoch } = state;
    if (worker.epoch !== ownerEpoch || !link.due || (link.tok !== 0 && link.claim >= worker.epoch)) return [];
    return [
      (next, me) => {
        // A claim that is taken over may have sent something that nobody heard the end of.
        if (next.link.tok !== 0) next.link.doubt = 1;
        next.link.claim = me.epoch;
        next.link.tok = me.tok = next.tokens++;
        me.core = next.link.core;
        me.part = next.link.part;
        me.fates = [...next.link.fates];
        me.doubt = next.link.doubt;
        me.rid = next.link.rid;
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
      if (me.rid === 0) return void (me.pc = link.intent !== 0 && rules.lookBeforeCreate ? 'look' : 'search');
      if (me.doubt) me.pc = 'read';
      else if (link.shadow === next.rec) me.pc = 'release';
      else if (me.core !== next.rec) me.pc = 'send put';
      else if (me.part !== next.rec) me.pc = 'send part';
      else if (me.fates[next.rec] === SENT) me.pc = 'whole';
      else if (me.fates[next.rec] === DOUBTED && rules.listBeforeRepeat) me.pc = 'list';
      else me.pc = 'note';
    },
  ],
  look: (state, worker, rules) =>
    rules.waitOut && older(state, worker)
      ? []
      : [(next, me) => (next.crm.length > 0 ? ((me.rid = 1), (me.pc = 'adopt')) : (me.pc = 'intent'))],
  search(state) {
    const search = (next, me) =>
      next.crm.length > 0 ? ((me.rid = 1), (me.pc = 'adopt')) : (me.pc = 'intent');
    const behind = (next, me) => {
      next.left.behind -= 1;
      me.pc = 'intent';
    };
    return state.crm.length > 0 && state.left.behind > 0 ? [search, behind] : [search];
  },
  adopt: () => [
    (next, me) => {
      if (!isMine(next, me)) return void (me.pc = 'idle');
      next.link.rid = me.rid;
      next.link.intent = 0;
      // Nothing is known of it.
      me.doubt = next.link.doubt = 1;
      me.pc = 'plan';
    },
  ],
  read: (state, worker, rules) =>
    rules.waitOutWrites && older(state, worker)
      ? []
      : [
          (next, me) => {
            const held = next.crm[me.rid - 1];
            me.core = held.core;
            me.part = held.part;
            me.doubt = 0;
            me.pc = 'plan';
          },
        ],
  list: (state, worker, rules) =>
    rules.waitOutWrites && older(state, worker)
      ? []
      : [
          (next, me) => {
            me.fates[me.seen] = next.crm[me.rid - 1].texts[me.seen] > 0 ? SENT : NONE;
            me.pc = 'plan';
          },
        ],
  intent: () => [
    (next, me, rules) => {
      if (!isMine(next, me)) return void (me.pc = 'idle');
      if (rules.intentBeforeCall) next.link.intent = me.seen;
      me.pc = 'send post';
    },
  ],
  note: () => [
    (next, me, rules) => {
      if (!isMine(next, me)) return void (me.pc = 'idle');
      if (rules.noteBeforeAppend) next.link.fates[me.seen] = DOUBTED;
      me.pc = 'send text';
    },
  ],
  'send post': send,
  'send put': send,
  'send part': send,
  'send text': send,
  got: () => [
    (next, me, rules) => {
      const { link } = next;
      if (me.what === 'post') {
        if (link.rid === 0 && (rules.noteMade || !isMine(next, me))) link.rid = me.made;
        if (!isMine(next, me)) return void (me.pc = 'idle');
        me.rid = me.made;
        me.core = me.seen;
        if (rules.noteMade) {
          link.intent = 0;
          link.core = me.seen;
        }
      }
      if (me.what === 'put') me.core = me.seen;
      if (me.what === 'part') me.part = me.seen;
      if (me.what === 'text') me.fates[me.seen] = SENT;
      me.pc = rules.shadowOnceWhole ? 'plan' : 'whole';
    },
  ],
  whole: () => [
    (next, me) => {
      if (!isMine(next, me)) return void (me.pc = 'idle');
      const { link } = next;
      link.rid = me.rid;
      link.intent = 0;
      link.shadow = me.seen;
      keep(link, me, 0);
      me.pc = 'release';
    },
  ],
  // Taken or not, and nobody knows.
  silent: () => [
    (next, me, rules) => {
      if (isMine(next, me)) {
        if (me.what === 'text' && rules.noteBeforeAppend) me.fates[me.seen] = DOUBTED;
        keep(next.link, me, me.what === 'post' ? 0 : 1);
        next.link.tok = 0;
      }
      me.pc = 'idle';
    },
  ],
  // Not taken, says the CRM: it asks for a pause.
  limited: () => [
    (next, me, rules) => {
      if (isMine(next, me)) {
        if (me.what === 'text') me.fates[me.seen] = NONE;
        keep(next.link, me, me.doubt);
        if (me.what === 'post') next.link.intent = 0;
        // As if one answer stood for all of a record: what was made is forgotten with it.
        if (!rules.noteMade && next.link.rid === 0) next.link.intent = 0;
        next.link.tok = 0;
      }
      me.pc = 'idle';
    },
  ],
  release: () => [
    (next, me, rules) => {
      if (isMine(next, me)) {
        next.link.tok = 0;
        next.link.doubt = 0;
        if (!rules.releaseByWanted || next.link.wanted === me.wanted) next.link.due = 0;
      }
      me.pc = 'idle';
    },
  ],
};

function keep(link, me, doubt) {
  link.core = me.core;
  link.part = me.part;
  link.fates = [...me.fates];
  link.doubt = doubt;
}

// The lease is asked for as the request goes out: a zombie that sees its lease gone does not send.
function send(state, worker, rules) {
  if (rules.waitOutWrites && older(state, worker)) return [];
  return [
    (next, me) => {
      if (next.ownerEpoch !== me.epoch) return void (me.pc = 'idle');
      me.what = me.pc.slice('send '.length);
      next.wire.push({ epoch: me.epoch, by: me.epoch - 1, what: me.what, seen: me.seen, rid: me.rid });
      me.pc = 'wait';
    },
  ];
}

function carryOut(next, { what, seen, rid }) {
  if (what === 'post') {
    next.crm.push({ core: seen, part: 0, texts: [0, 0, 0] });
    return next.crm.length;
  }
  const record = next.crm[rid - 1];
  if (what === 'put') record.core = seen;
  if (what === 'part') record.part = seen;
  if (what === 'text') record.texts[seen] += 1;
  return rid;
}

function judge({ crm, link }) {
  const record = crm[link.rid - 1];
  const isWhole =
    record !== undefined && record.core === LAST && record.part === LAST && record.texts[LAST] > 0;
  return {
    doubled: crm.length > 1 || crm.some(({ texts }) => texts.some((times) => times > 1)),
    lost: !isWhole,
  };
}

const FAULTS = [
  { silent: 1, crash: 1, limited: 0, behind: 0 },
  { silent: 0, crash: 0, limited: 1, behind: 1 },
];

exploreVariants({
  rules: RULES,
  faults: FAULTS,
  begin,
  steps: STEPS,
  carryOut,
  ofCrm: () => [],
  judge,
  last: LAST,
});
