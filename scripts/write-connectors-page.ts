import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectorsPage } from './connectors-page.ts';
import { withConnectorsTable } from './connectors-table.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/connectors.md'), connectorsPage());

const readme = resolve(import.meta.dirname, '../README.md');
writeFileSync(readme, withConnectorsTable(readFileSync(readme, 'utf8')));
