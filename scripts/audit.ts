import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AcceptedAdvisory, judgeAudit } from './judge-audit.ts';
import { npm } from './npm.ts';

const folder = resolve(import.meta.dirname, '..');
const accepted = JSON.parse(
  readFileSync(resolve(folder, '.ci/accepted-advisories.json'), 'utf8'),
) as AcceptedAdvisory[];
const args = ['audit', '--json', '--omit=dev', '--fetch-retries=0', '--fetch-timeout=20000'];
// Whatever keeps npm from asking: no answer is no finding.
const report = await npm(folder, args, 60_000).catch(() => '');
const { outcome, lines } = judgeAudit(report, accepted, new Date().toISOString().slice(0, 10));
console.log([...lines, `audit: ${outcome}`].join('\n'));
process.exitCode = outcome === 'fail' ? 1 : 0;
