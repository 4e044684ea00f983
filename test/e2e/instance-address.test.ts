import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningService, startRunningService } from '../support/running-service.ts';

let running: RunningService;
let website: Server;
let websiteUrl: string;

beforeAll(async () => {
  website = createServer((request, response) => {
    const isThere = request.url?.startsWith('/welcome') === true;
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'text/html' }).end('<html>Hello</html>');
  });
  await once(website.listen(0, '127.0.0.1'), 'listening');
  websiteUrl = `http://127.0.0.1:${String((website.address() as AddressInfo).port)}`;
  running = await startRunningService({ ALLOWED_INSTANCE_HOSTS: '127.0.0.1' });
});
afterAll(async () => {
  await running.stop();
  website.close();
});

const connect = (instanceUrl: string) =>
  running.call('POST', '/api/integrations/crm/mri_vault/connect', {
    credentials: { apiKey: 'sandbox-key', instanceUrl },
  });

describe('the address of an office’s CRM', () => {
  it.each([
    ['a path that the CRM does not have', () => `${running.sandbox.url}/wrong`],
    ['a page of the CRM’s', () => `${running.sandbox.url}/api/v2/contacts`],
    ['another website', () => websiteUrl],
    ['a page of another website', () => `${websiteUrl}/welcome`],
  ])('s10: is named as what is wrong where it is %s', async (_what, address) => {
    const { status, body } = await connect(address());
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/credentials/instanceUrl', code: 'NO_CRM_AT_ADDRESS' }],
    });
  });

  it('s10: may be that of its API, and names the same account however it is written', async () => {
    const { url } = running.sandbox;
    const { port } = new URL(url);
    const first = await connect(`${url}/api/v1`);
    expect(first).toMatchObject({ status: 201, body: { instanceUrl: url } });
    const { connectionId } = first.body as { connectionId: string };
    for (const written of [
      url,
      `${url}/`,
      `  ${url}/api/v1/ `,
      `${url}/API/v1/auth/verify`,
      `${url}/api/v1/contacts/17`,
      `HTTP://127.0.0.1:${port}`,
      `http://0x7f.1:${port}//`,
      `${url}/%61pi/v1`,
      `${url}/x/../api/v1`,
      `\u200b${url}\u2060`,
    ]) {
      const again = await connect(written);
      expect({ written, ...again }).toMatchObject({
        written,
        status: 200,
        body: { instanceUrl: url, connectionId },
      });
    }
  });
});
