import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectorsPage } from './connectors-page.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/connectors.md'), connectorsPage());
