import { createVaultreSandbox } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { vaultreCaller } from '../sandbox/vaultre/vaultre-caller.ts';
import { tourVaultre } from '../sandbox/vaultre/vaultre-tour.ts';
import { startRunningService } from '../support/running-service.ts';
import { openCheckingServer, type CheckingServer } from './checking-server.ts';
import { closedSpecification } from './close-specification.ts';
import { deliverOffice } from './office-in-vaultre.ts';

/*
 * Holds a tour of the sandbox, and all that the connector sends and is answered for an office, against the vendor's specification with its schemas
 * closed. The specification isn't part of this repository: `VAULTRE_OPENAPI` names its file.
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
  act: (server: CheckingServer) => Promise<void>,
  crm: Crm,
): Promise<void> {
  const server = await openCheckingServer(await closedSpecification(path), crm);
  try {
    await act(server);
  } finally {
    await server.close();
  }
  for (const violation of server.violations) say(JSON.stringify(violation));
  faults += server.violations.length;
  say(`${name}: ${server.passed()} requests, ${server.violations.length} violations.`);
}

type Crm = ReturnType<typeof createVaultreSandbox>;

const toured = createVaultreSandbox();
await checked(
  'The sandbox',
  async ({ url }) => {
    const call = vaultreCaller({ url, fetch: (target, request) => fetch(target, request) });
    for (const { name, wanted, answer } of await tourVaultre(call)) {
      if (wanted === answer.status) continue;
      faults += 1;
      say(`${name}: ${answer.status}, not ${wanted} ${JSON.stringify(answer.body)}`);
    }
  },
  toured,
);

for (const putMode of ['merge', 'replace'] as const) {
  const crm = createVaultreSandbox({ strict: true, putMode });
  await checked(
    `The connector, where a PUT is a ${putMode}`,
    async ({ url }) => {
      const running = await startRunningService({
        VAULTRE_API_KEY: crm.settings().integratorKey,
        VAULTRE_BASE_URL: `${url}/api/v1.3`,
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
    },
    crm,
  );
}
process.exit(faults === 0 ? 0 : 1);
