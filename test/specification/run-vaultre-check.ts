import { createVaultreSandbox } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { vaultreCaller } from '../sandbox/vaultre/vaultre-caller.ts';
import { tourVaultre } from '../sandbox/vaultre/vaultre-tour.ts';
import { openCheckingServer } from './checking-server.ts';
import { closedSpecification } from './close-specification.ts';

const path = process.env['VAULTRE_OPENAPI'] ?? '';
if (path === '') {
  process.stderr.write("VAULTRE_OPENAPI must name the vendor's specification (OpenAPI 3, YAML).\n");
  process.exit(2);
}
const sandbox = createVaultreSandbox();
const server = await openCheckingServer(await closedSpecification(path), sandbox);
const stops = await tourVaultre(
  vaultreCaller({ url: server.url, fetch: (url, request) => fetch(url, request) }),
);
const wrong = stops.filter(({ wanted, answer }) => wanted !== answer.status);
for (const { name, wanted, answer } of wrong) {
  process.stdout.write(`${name}: ${answer.status}, not ${wanted} ${JSON.stringify(answer.body)}\n`);
}
for (const violation of server.violations) process.stdout.write(`${JSON.stringify(violation)}\n`);
process.stdout.write(
  `${stops.length} calls, ${server.violations.length} violations, ${wrong.length} other statuses.\n`,
);
await server.close();
process.exit(server.violations.length + wrong.length === 0 ? 0 : 1);
