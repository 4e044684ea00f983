import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { OutboundMail } from '../../src/connectors/mail-transport.port.ts';
import { openSmtpMail } from '../../src/wire/smtp-mail.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

const WAITS = { connectMs: 500, answerMs: 500 };

async function serve(options: SMTPServerOptions = {}): Promise<{ url: string; taken: Taken[] }> {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, taken };
}

const no = (responseCode: number) => Object.assign(new Error('No.'), { responseCode });

const MAIL: OutboundMail = {
  to: 'leads@agent.example',
  from: 'zena@office.example',
  subject: 'New lead: Ada',
  text: 'Name: Ada',
  html: '<html><head><meta name="lead_name" content="Ada"></head></html>',
  messageId: 'zena-1@office.example',
};

const send = (url: string, mail: Partial<OutboundMail> = {}) =>
  openSmtpMail(url, WAITS)?.send({ ...MAIL, ...mail });

describe('a mail', () => {
  it('arrives with its parts, from and to whom it says', async () => {
    const { url, taken } = await serve();
    expect(await send(url)).toEqual({ kind: 'taken' });
    expect(taken).toMatchObject([{ from: 'zena@office.example', to: ['leads@agent.example'] }]);
    expect(taken[0]?.source).toMatch(/^Message-ID: <zena-1@office\.example>\r$/im);
    expect(taken[0]?.source).toContain('multipart/alternative');
  });

  it('has no header that a text brought in', async () => {
    const { url, taken } = await serve();
    const evil = 'Ada\r\nBcc: thief@evil.example\r\n\r\n<b>hi</b>';
    expect(
      await send(url, { subject: evil, messageId: `x\r\nX-Evil: 1`, text: `.\r\nMAIL FROM:<x@y>\r\n` }),
    ).toEqual({
      kind: 'taken',
    });
    expect(taken[0]?.to).toEqual(['leads@agent.example']);
    const [head = ''] = (taken[0]?.source ?? '').split('\r\n\r\n');
    expect(head).not.toMatch(/^(?:bcc|x-evil):/im);
    expect(taken).toHaveLength(1);
  });

  it('carries letters of any script', async () => {
    const { url, taken } = await serve();
    await send(url, { subject: 'Neuer Kontakt: Zoë 李 👩🏽‍🌾' });
    expect(taken[0]?.source).toMatch(/^Subject: =\?UTF-8\?/im);
  });
});

describe('what a server says', () => {
  it.each([
    ['sender', 550, { onMailFrom: (_a: unknown, _s: unknown, done: (e: Error) => void) => done(no(550)) }],
    ['recipient', 450, { onRcptTo: (_a: unknown, _s: unknown, done: (e: Error) => void) => done(no(450)) }],
    ['recipient', 550, { onRcptTo: (_a: unknown, _s: unknown, done: (e: Error) => void) => done(no(550)) }],
  ] as const)('of the %s, %d, is told', async (at, status, options) => {
    const { url } = await serve(options as SMTPServerOptions);
    expect(await send(url)).toEqual({ kind: 'refused', at, status });
  });

  it.each([451, 554])('of the content, %d, is told', async (status) => {
    const { url } = await serve({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(no(status)));
      },
    });
    expect(await send(url)).toEqual({ kind: 'refused', at: 'message', status });
  });

  it('of the login is told, and one that is right is taken', async () => {
    const { url, taken } = await serve({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) =>
        password === 'p@ss' ? done(null, { user: 'zena' }) : done(no(535)),
    });
    const withLogin = (password: string) => url.replace('//', `//zena:${encodeURIComponent(password)}@`);
    expect(await send(withLogin('wrong'))).toEqual({ kind: 'refused', at: 'login', status: 535 });
    expect(await openSmtpMail(withLogin('wrong'), WAITS)?.verify()).toMatchObject({
      kind: 'refused',
      at: 'login',
    });
    expect(await send(withLogin('p@ss'))).toEqual({ kind: 'taken' });
    expect(taken).toHaveLength(1);
  });
});

describe('where nobody says anything', () => {
  it('after the content, it isn’t known what became of it', async () => {
    const { url } = await serve({ onData: (stream) => void stream.resume() });
    expect(await send(url)).toEqual({ kind: 'unknown' });
  });

  it('and the line is cut after the content, nor is it', async () => {
    const url = await scripted((said, socket) => {
      if (said.endsWith('\r\n.\r\n')) socket.destroy();
      else if (/^DATA/im.test(said)) socket.write('354 go on\r\n');
      else if (/^EHLO/im.test(said)) socket.write('250 hello\r\n');
      else socket.write('250 ok\r\n');
    });
    expect(await send(url)).toEqual({ kind: 'unknown' });
  });

  it('before the content, nothing went out', async () => {
    const silent = await scripted(() => undefined);
    expect(await send(silent)).toEqual({ kind: 'unsent', code: 'MAIL_SERVER_UNREACHABLE' });
    expect(await send('smtp://127.0.0.1:1')).toEqual({ kind: 'unsent', code: 'MAIL_SERVER_UNREACHABLE' });
  });
});

it('no server but this machine’s is spoken to in clear', async () => {
  const { url } = await serve();
  const { port } = new URL(url);
  const named = openSmtpMail(`smtp://ip6-localhost.invalid:${port}`, WAITS);
  expect((await named?.send(MAIL))?.kind).toBe('unsent');
});

it.each(['', 'http://mail.example', 'smtp:', 'smtp://mail.example/path', 'smtp://h?x=1'])(
  '%j is no mail server',
  (url) => {
    expect(openSmtpMail(url)).toBeNull();
  },
);

/** A server that says what it is told to. */
async function scripted(answer: (said: string, socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 test\r\n');
    socket.on('data', (chunk) => answer(chunk.toString('utf8'), socket));
    closing.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
