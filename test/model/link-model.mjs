// Exhaustive interleavings of one link whose record takes several requests: a core, a part that is replaced, and a text that is added once.
// An ingester with two versions; two owners, of which the first may be a zombie or die; a CRM with requests in flight, which may be answered,
// taken without an answer, or refused for a while, and whose search may be behind. Every end state is judged; each variant switches one rule
// off and has to reach a bad one, at which it stops. Prints a line of JSON for each: `node test/model/link-model.mjs`.

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

function changesOf(state, rules) {
  const changes = [];
  if (state.rec < LAST)
    changes.push((next) => {
      next.rec += 1;
      next.link.wanted = next.rec;
      next.link.due = 1;
    });
  if (state.workers[1].pc === 'off')
    changes.push((next) => {
      next.ownerEpoch = 2;
      next.workers[1].pc = 'idle';
    });
  state.workers.forEach((worker, at) => {
    if (state.left.crash > 0 && at === 0 && worker.pc !== 'dead')
      changes.push((next) => {
        next.left.crash -= 1;
        next.workers[0].pc = 'dead';
      });
    for (const step of STEPS[worker.pc]?.(state, worker, rules) ?? [])
      changes.push((next) => step(next, next.workers[at], rules));
  });
  state.wire.forEach((_, at) => {
    const ends = (what, budget) => (next) => {
      const [request] = next.wire.splice(at, 1);
      if (budget !== null) next.left[budget] -= 1;
      const made = what === 'limited' ? 0 : carryOut(next, request);
      const worker = next.workers[request.by];
      if (worker.pc !== 'wait') return;
      worker.made = made;
      worker.pc = what;
    };
    changes.push(ends('got', null));
    if (state.left.silent > 0) changes.push(ends('silent', 'silent'));
    if (state.left.limited > 0) changes.push(ends('limited', 'limited'));
  });
  return changes;
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

/** Goes everywhere; where it is enough that one end is bad, until it is at one. */
export function explore(rules, budget, isOneEnough) {
  const seen = new Set();
  const stack = [JSON.stringify(begin(budget))];
  const found = { ends: 0, doubled: 0, lost: 0 };
  while (stack.length > 0) {
    if (isOneEnough && found.doubled + found.lost > 0) break;
    const key = stack.pop();
    if (seen.has(key)) continue;
    seen.add(key);
    const changes = changesOf(JSON.parse(key), rules);
    if (changes.length === 0) {
      const { doubled, lost } = judge(JSON.parse(key));
      found.ends += 1;
      found.doubled += doubled ? 1 : 0;
      found.lost += lost ? 1 : 0;
    }
    for (const change of changes) {
      const next = JSON.parse(key);
      change(next);
      stack.push(JSON.stringify(next));
    }
  }
  return { states: seen.size, ...found };
}

const FAULTS = [
  { silent: 1, crash: 1, limited: 0, behind: 0 },
  { silent: 0, crash: 0, limited: 1, behind: 1 },
];

for (const without of [null, ...Object.keys(RULES)]) {
  const rules = without === null ? RULES : { ...RULES, [without]: false };
  const found = FAULTS.map((budget) => explore(rules, budget, without !== null));
  const sum = (name) => found.reduce((total, one) => total + one[name], 0);
  const line = {
    without,
    states: sum('states'),
    ends: sum('ends'),
    doubled: sum('doubled'),
    lost: sum('lost'),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
