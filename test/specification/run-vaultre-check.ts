import {
  createVaultreSandbox,
  startVaultreSandbox,
  type VaultreInProcess,
} from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { vaultreCaller } from '../sandbox/vaultre/vaultre-caller.ts';
import { tourVaultre } from '../sandbox/vaultre/vaultre-tour.ts';
import { startRunningService } from '../support/running-service.ts';
import { openCheckingServer, type CheckingServer } from './checking-server.ts';
import { closedSpecification } from './close-specification.ts';
import { deliverOffice } from './office-in-vaultre.ts';
import { openPrismProxy } from './prism-proxy.ts';

/*
 * Holds a tour of the sandbox, and all that the connector sends and is answered for an office, against the vendor's specification with its schemas
 * closed: by a validator in this process, and once more through Prism as a proxy, which looks at other things. The specification isn't part of this repository: `VAULTRE_OPENAPI` names its file.
 */
const path = process.env['VAULTRE_OPENAPI'] ?? '';
if (path === '') {
  process.stderr.write("VAULTRE_OPENAPI must name the vendor's specification (OpenAPI 3, YAML).\n");
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let faults = 0;

async function checked(
  name: string,
  opening: Promise<CheckingServer>,
  act: (server: CheckingServer) => Promise<void>,
): Promise<void> {
  const server = await opening;
  try {
    await act(server);
  } finally {
    await server.close();
  }
  for (const violation of server.violations) say(JSON.stringify(violation));
  // What nobody sent was not checked.
  if (server.passed() === 0) faults += 1;
  faults += server.violations.length;
  say(`${name}: ${server.passed()} requests, ${server.violations.length} violations.`);
}

async function tour({ url }: CheckingServer): Promise<void> {
  const call = vaultreCaller({ url, fetch: (target, request) => fetch(target, request) });
  for (const { name, wanted, answer } of await tourVaultre(call)) {
    if (wanted === answer.status) continue;
    faults += 1;
    say(`${name}: ${answer.status}, not ${wanted} ${JSON.stringify(answer.body)}`);
  }
}

async function deliver({ url }: CheckingServer, crm: VaultreInProcess): Promise<void> {
  const running = await startRunningService({
    VAULTRE_API_KEY: crm.settings().integratorKey,
    VAULTRE_BASE_URL: `${url}${PREFIX}`,
    ALLOWED_INSTANCE_HOSTS: new URL(url).host,
  });
  try {
    await deliverOffice(running, crm);
  } finally {
    await running.stop();
  }
  const refused = crm.requests().filter(({ status }) => Number(status) >= 400);
  faults += refused.length;
  for (const { method, path: at, status } of refused) say(`${method} ${at}: ${String(status)}`);
}

const PREFIX = '/api/v1.3';
const inProcess = async (crm: VaultreInProcess): Promise<CheckingServer> =>
  openCheckingServer(await closedSpecification(path), crm);
const throughPrism = async (origin: string): Promise<CheckingServer> =>
  openPrismProxy(await closedSpecification(path), { origin, prefix: PREFIX });

await checked('The sandbox', inProcess(createVaultreSandbox()), tour);
for (const putMode of ['merge', 'replace'] as const) {
  const crm = createVaultreSandbox({ strict: true, putMode });
  const name = `The connector, where a PUT is a ${putMode}`;
  await checked(name, inProcess(crm), (server) => deliver(server, crm));
}
for (const options of [{}, { strict: true, putMode: 'merge' as const }]) {
  const crm = await startVaultreSandbox(options);
  try {
    await ('strict' in options
      ? checked('The connector, through Prism', throughPrism(crm.url), (server) => deliver(server, crm))
      : checked('The sandbox, through Prism', throughPrism(crm.url), tour));
  } finally {
    await crm.close();
  }
}
process.exit(faults === 0 ? 0 : 1);
