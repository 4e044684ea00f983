// Goes through every interleaving of a model: an ingester with `last` versions, two owners of which the first may be a zombie or die, and requests
// on the wire that end as they like. A state has `rec`, `link`, `ownerEpoch`, `workers`, `crm`, `wire` and `left` (how often each fault may still come).

const copyOf = (key) => JSON.parse(key);

// What may come next in any model, as functions that change a copy of the state.
function changesOf(state, { steps, carryOut, ofCrm, last }, rules) {
  const changes = [];
  if (state.rec < last)
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
    for (const step of steps[worker.pc]?.(state, worker, rules) ?? [])
      changes.push((next) => step(next, next.workers[at], rules));
  });
  changes.push(...ofCrm(state));
  state.wire.forEach((_, at) => {
    // `silent`: taken, without an answer; `limited`: refused, without an effect.
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
    for (const fault of ['silent', 'limited']) if (state.left[fault] > 0) changes.push(ends(fault, fault));
  });
  return changes;
}

// Where it is enough that one end is bad, until it is at one.
function explore(model, rules, budget, isOneEnough) {
  const seen = new Set();
  const stack = [JSON.stringify(model.begin(budget))];
  const found = { ends: 0, doubled: 0, lost: 0 };
  while (stack.length > 0) {
    if (isOneEnough && found.doubled + found.lost > 0) break;
    const key = stack.pop();
    if (seen.has(key)) continue;
    seen.add(key);
    const changes = changesOf(copyOf(key), model, rules);
    if (changes.length === 0) {
      const { doubled, lost } = model.judge(copyOf(key));
      found.ends += 1;
      found.doubled += doubled ? 1 : 0;
      found.lost += lost ? 1 : 0;
    }
    for (const change of changes) {
      const next = copyOf(key);
      change(next);
      stack.push(JSON.stringify(next));
    }
  }
  return { states: seen.size, ...found };
}

/** With all rules, then without each of them; of a variant one bad end tells enough. Prints a line of JSON for each. */
export function exploreVariants({ rules: all, faults, ...model }) {
  for (const without of [null, ...Object.keys(all)]) {
    const rules = without === null ? all : { ...all, [without]: false };
    const found = faults.map((budget) => explore(model, rules, budget, without !== null));
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
}
