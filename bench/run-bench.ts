import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { benchAgainst } from './against/bench-against.ts';
import { unknownFigures } from './charts/chart.ts';
import type { Bench, BenchDocument, BenchResult, BenchStage } from './harness/bench.ts';
import { createBenchServers } from './harness/bench-servers.ts';
import { withSection } from './harness/document-section.ts';
import { figuresOf, performanceDocument } from './harness/document.ts';
import { readMachine } from './harness/machine.ts';
import { profileParts } from './harness/part.ts';
import { readProfiles } from './harness/read-profiles.ts';
import { benchText, profileLines } from './harness/report.ts';
import { keepProfiles, mergeResults, readResults, writeResults } from './harness/results.ts';
import { benchUsage, PROFILES, readBenchOptions, type BenchOptions } from './bench-options.ts';
import { BENCHES } from './benches.ts';

const DOCUMENT = 'docs/performance.md';
const RELIABILITY = 'docs/reliability.md';
const PICTURES = 'docs/performance';

async function writeDocument(path: string): Promise<number> {
  const results = readResults(path);
  if (results === null) {
    console.error(`There are no results in ${path} yet: run npm run bench first.`);
    return 1;
  }
  const { text, pictures } = performanceDocument({
    machine: results.machine,
    benches: inOrder(results.benches, 'performance'),
  });
  await writeFormatted(DOCUMENT, text);
  writePictures(pictures);
  for (const result of inOrder(results.benches, 'reliability')) {
    const before = readFileSync(RELIABILITY, 'utf8');
    await writeFormatted(RELIABILITY, withSection(before, result.name, benchText(result)));
  }
  console.error(`${DOCUMENT} is written, with ${pictures.size} pictures in ${PICTURES}`);
  return 0;
}

/** As they are told of, whenever each was run; what is no bench any more is left out. */
function inOrder(results: readonly BenchResult[], of: BenchDocument): BenchResult[] {
  return BENCHES.filter(({ document = 'performance' }) => document === of).flatMap(({ name }) =>
    results.filter((result) => result.name === name),
  );
}

async function writeFormatted(path: string, text: string): Promise<void> {
  const style = { ...(await resolveConfig(path)), filepath: path };
  writeFileSync(path, await format(text, style));
}

/** What an earlier document had and this one has not goes. */
function writePictures(pictures: ReadonlyMap<string, string>): void {
  mkdirSync(PICTURES, { recursive: true });
  for (const file of readdirSync(PICTURES)) {
    if (file.endsWith('.svg') && !pictures.has(file)) rmSync(join(PICTURES, file));
  }
  for (const [file, svg] of pictures) writeFileSync(join(PICTURES, file), svg);
}

async function runOne(bench: Bench, stage: BenchStage): Promise<BenchResult> {
  const began = performance.now();
  const { name, title, measures } = bench;
  const findings = await bench.run({ ...stage, progress: (text) => stage.progress(`${name}: ${text}`) });
  const tookSeconds = (performance.now() - began) / 1_000;
  return {
    name,
    title,
    quick: stage.quick,
    rounds: stage.rounds,
    at: new Date().toISOString(),
    tookSeconds,
    ...(measures === undefined ? {} : { measures }),
    ...findings,
  };
}

/** Runs a bench for its profiles alone; its faults are told all the same. */
async function profileOne(bench: Bench, stage: BenchStage, out: string): Promise<string[]> {
  const folder = join(PROFILES, bench.name);
  rmSync(folder, { recursive: true, force: true });
  profileParts(folder);
  const { wrong } = await runOne(bench, stage);
  const profiles = { at: new Date().toISOString(), parts: readProfiles(folder) };
  console.log(profileLines(bench.name, profiles).join('\n'));
  const results = keepProfiles(readResults(out), bench.name, profiles);
  if (results !== null) writeResults(out, results);
  return [...wrong];
}

/** Names in a chart that stand for nothing: found with the run, not only when the document is made. */
function chartFaults(result: BenchResult): string[] {
  const figures = figuresOf(result);
  return (result.charts ?? []).flatMap((chart) =>
    unknownFigures(chart, figures).map((figure) => `the chart ${chart.name} names no figure: ${figure}`),
  );
}

const named = ({ name }: Bench, faults: readonly string[]) => faults.map((fault) => `${name}: ${fault}`);

function progress(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

/** Answers what was wrong. */
async function runChosen({ chosen, quick, rounds, minutes, profile, out }: BenchOptions): Promise<string[]> {
  const machine = readMachine();
  const servers = createBenchServers(progress);
  const wrong: string[] = [];
  try {
    for (const bench of chosen) {
      const stage = { quick, rounds, minutes, servers, progress };
      if (profile) {
        wrong.push(...named(bench, await profileOne(bench, stage, out)));
        continue;
      }
      const result = await runOne(bench, stage);
      wrong.push(...named(bench, [...result.wrong, ...chartFaults(result)]));
      // After each, so that a later one that breaks off costs no earlier one.
      writeResults(out, mergeResults(readResults(out), { machine, benches: [result] }));
      console.log(benchText(result));
    }
  } finally {
    await servers.close();
  }
  return wrong;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readBenchOptions(args, BENCHES);
  if (options === null) {
    console.error(benchUsage(BENCHES));
    return 2;
  }
  const { against, chosen, quick, rounds } = options;
  if (options.write) return await writeDocument(options.out);
  const wrong =
    against === null
      ? await runChosen(options)
      : await benchAgainst(against, {
          benches: chosen,
          quick,
          rounds,
          progress,
          tell: (text) => console.log(text),
        });
  for (const fault of wrong) console.error(`WRONG: ${fault}`);
  return wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
