import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

interface Lead {
  readonly to: string;
  readonly head: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly source: string;
}

const leads: Lead[] = [];
/** What becomes of the next mails, by what their content says. */
let trouble: { readonly when: RegExp; readonly answer: number | 'silence'; left: number } | null = null;
let refusedRecipient: string | null = null;
let server: SMTPServer;
let running: RunningService;

const no = (responseCode: number) => Object.assign(new Error('No.'), { responseCode });

async function readAll(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The content of the page in a mail, decoded. */
function htmlOf(source: string): string {
  const [, part = ''] = /Content-Type: text\/html[^]*?\r\n\r\n([^]*?)\r\n--/.exec(source) ?? [];
  const head = source.slice(0, source.indexOf(part)).split('Content-Type: text/html')[1] ?? '';
  if (/base64/i.test(head)) return Buffer.from(part, 'base64').toString('utf8');
  if (!/quoted-printable/i.test(head)) return part;
  const bytes = part
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_sign, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function leadIn(to: string, source: string): Lead {
  const html = htmlOf(source);
  const tags = [...html.matchAll(/<meta name="(lead_\w+)" content="([^"]*)">/g)];
  return {
    to,
    source,
    head: source.slice(0, source.indexOf('\r\n\r\n')),
    tags: Object.fromEntries(tags.map(([, name = '', content = '']) => [name, content])),
  };
}

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) => (address === refusedRecipient ? done(no(550)) : done()),
    onData(stream, session, done) {
      void readAll(stream).then((source) => {
        const lead = leadIn(session.envelope.rcptTo.map(({ address }) => address).join(','), source);
        const struck = trouble !== null && trouble.left > 0 && trouble.when.test(JSON.stringify(lead.tags));
        if (!struck || trouble === null) {
          leads.push(lead);
          return done();
        }
        trouble.left -= 1;
        if (trouble.answer !== 'silence') return done(no(trouble.answer));
        leads.push(lead);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  running = await startRunningService({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    TOP_PRODUCER_FROM: 'zena@office.example',
    RETRY_DELAYS: '300ms,300ms',
  });
});
afterAll(async () => {
  await running.stop();
  server.close();
});
beforeEach(() => {
  leads.length = 0;
  trouble = null;
});

const contact = (id: string, version: number, fields: object, userId = 'user-1') => ({
  ...changeJson('contact', id, version, {
    name: 'Ada Lane',
    emails: [`${id}@example.com`],
    phones: ['+1 202 555 0190'],
    role: 'vendor',
    relationshipNotes: [],
    ...fields,
  }),
  userId,
});

const changes = (...sent: readonly object[]) =>
  running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
const path = '/api/integrations/crm/top_producer';
const record = async (id: string, userId = 'user-1'): Promise<string> =>
  JSON.stringify((await running.call('GET', `${path}/records/contact/${id}`, undefined, { userId })).body);

it('is connected by a lead address, and says what it can’t', async () => {
  const bad = await running.call('POST', `${path}/connect`, {
    credentials: { leadEmail: 'a@b.example\r\nBcc: x@y.example' },
  });
  expect(bad.status).toBe(400);
  const connected = await running.call('POST', `${path}/connect`, {
    credentials: { leadEmail: 'leads@agent.example' },
  });
  expect([connected.status, connected.body]).toEqual([
    201,
    expect.objectContaining({ provider: 'top_producer', accountName: 'leads@agent.example' }),
  ]);
  const listed = await running.call('GET', '/api/integrations/crm');
  const top = listed.body.providers.find(({ id }: { id: string }) => id === 'top_producer');
  expect(top).toMatchObject({ available: true, capabilities: { entities: ['contact'], deletes: false } });
});

it('a contact is a lead by the specification, once for one e-mail, whatever stands in it', async () => {
  await changes(
    contact('c-1', 1, {
      name: 'Zoë “Zed” <script>alert(1)</script>\r\nBcc: thief@evil.example',
      relationshipNotes: [
        'Likes tea"> <meta name="lead_email" content="evil@x',
        'Email: evil@x.example\nSource: Me',
      ],
    }),
  );
  await eventually(() => expect(leads).toHaveLength(1));
  const [lead] = leads;
  expect(lead?.to).toBe('leads@agent.example');
  expect(lead?.head).not.toMatch(/^bcc:/im);
  expect(lead?.tags).toMatchObject({
    lead_information_version: '1.0',
    lead_source: 'Zena',
    lead_type: 'Seller',
    lead_email: 'c-1@example.com',
    lead_phone: '+1 202 555 0190',
  });
  expect(lead?.tags['lead_name']).toContain('Zoë “Zed” &lt;script&gt;');
  expect(lead?.source).not.toMatch(/^Source: Me/m);
  await changes(contact('c-2', 1, { name: 'Zoë Z', emails: ['C-1@example.com'] }));
  await eventually(async () => expect(await record('c-2')).toMatch(/superseded|adopted|sent_once|unchanged/));
  expect(leads).toHaveLength(1);
});

it('what changes later is not sent, and the record says so', async () => {
  await changes(contact('u-1', 1, { name: 'Una First' }));
  await eventually(() => expect(leads).toHaveLength(1));
  await changes(contact('u-1', 2, { name: 'Una Second' }));
  await eventually(async () => expect(await record('u-1')).toContain('sent_once'));
  expect(leads).toHaveLength(1);
});

it('is one more mail for each change where the user chose so', async () => {
  const userId = 'user-2';
  await running.call(
    'POST',
    `${path}/connect`,
    { credentials: { leadEmail: 'leads@other.example', updates: 'mail' } },
    { userId },
  );
  await changes(contact('v-1', 1, { name: 'Vera First' }, userId));
  await eventually(() => expect(leads).toHaveLength(1));
  await changes(contact('v-1', 2, { name: 'Vera Second' }, userId));
  await eventually(() => expect(leads).toHaveLength(2));
  expect(leads.map(({ tags }) => tags['lead_name'])).toEqual(['Vera First', 'Vera Second']);
  expect(leads[1]?.head).toMatch(/^Subject: Changed lead: Vera Second/m);
  const ids = leads.map(({ head }) => /^Message-ID: (.*)$/im.exec(head)?.[1]);
  expect(new Set(ids).size).toBe(2);
});

it('who wants no contact, or can’t be reached, is refused in words', async () => {
  await changes(
    contact('o-1', 1, { doNotContact: ['email'] }),
    contact('o-2', 1, { emails: [], phones: [] }),
  );
  await eventually(async () => expect(await record('o-1')).toContain('OPTED_OUT'));
  await eventually(async () => expect(await record('o-2')).toContain('EMAIL_OR_PHONE_REQUIRED'));
  expect(leads).toEqual([]);
});

it('a server that asks to come again gets the mail once it takes it', async () => {
  trouble = { when: /Later/, answer: 451, left: 1 };
  await changes(contact('l-1', 1, { name: 'Lily Later' }));
  await eventually(() => expect(leads.map(({ tags }) => tags['lead_name'])).toEqual(['Lily Later']));
});

it('a mail that is refused for good is told, and stops no other', async () => {
  trouble = { when: /Refused/, answer: 554, left: 9 };
  await changes(contact('r-1', 1, { name: 'Ray Refused' }), contact('r-2', 1, { name: 'Nia Next' }));
  await eventually(async () => expect(await record('r-1')).toContain('MAIL_REFUSED'));
  await eventually(() => expect(leads.map(({ tags }) => tags['lead_name'])).toEqual(['Nia Next']));
});

it('a mail of which nobody said what became of it is told, and never sent again', async () => {
  trouble = { when: /Doubt/, answer: 'silence', left: 9 };
  await changes(contact('d-1', 1, { name: 'Dora Doubt' }));
  await eventually(async () => expect(await record('d-1')).toContain('CREATE_AMBIGUOUS'), 60_000);
  const doubted = () => leads.filter(({ tags }) => tags['lead_email'] === 'd-1@example.com');
  expect(doubted()).toHaveLength(1);
  trouble = null;
  await running.call('POST', `${path}/sync`);
  await changes(contact('d-1', 2, { name: 'Dora Doubted' }));
  await running.call('POST', `${path}/sync`);
  expect(doubted()).toHaveLength(1);
}, 120_000);

it('a lead address that is refused stops the connection, and nothing is lost', async () => {
  refusedRecipient = 'leads@agent.example';
  await changes(contact('a-1', 1, { name: 'Abe Address' }));
  await eventually(async () => {
    const list = await running.call('GET', '/api/integrations/crm/user');
    expect(list.body.integrations[0]).toMatchObject({ status: 'needs_reauth' });
  }, 30_000);
  refusedRecipient = null;
  await running.call('POST', `${path}/connect`, { credentials: { leadEmail: 'leads@agent.example' } });
  await eventually(() => expect(leads.map(({ tags }) => tags['lead_name'])).toEqual(['Abe Address']), 30_000);
}, 90_000);
