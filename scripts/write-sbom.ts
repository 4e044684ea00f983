import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sbomOf } from './sbom.ts';

const folder = resolve(import.meta.dirname, '..');
writeFileSync(resolve(folder, 'sbom.cdx.json'), await sbomOf(folder));
