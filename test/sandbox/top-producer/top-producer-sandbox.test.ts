import { expect, it } from '@jest/globals';
import { startTopProducerSandbox } from '../../../src/sandbox/top-producer/top-producer-sandbox.ts';
import { leadMail } from '../../../src/connectors/top-producer/lead-mail.ts';
import { openSmtpMail } from '../../../src/wire/smtp-mail.ts';

it('takes lead e-mails in, and shows them as JSON', async () => {
  const sandbox = await startTopProducerSandbox();
  try {
    const mail = openSmtpMail(sandbox.smtpUrl);
    const fields = {
      name: 'Zoë “Zed” <b>&',
      email: 'zoe@example.com',
      phone: '1',
      type: 'Buyer',
      message: `.\n${'Long. '.repeat(200)}`,
      tag: '',
    };
    const letter = {
      to: 'leads@agent.example',
      from: 'zena@office.example',
      messageId: 'zena-1@x',
      isUpdate: false,
    };
    expect(await mail?.verify()).toEqual({ kind: 'taken' });
    expect(await mail?.send(leadMail(fields, letter))).toEqual({ kind: 'taken' });
    const answer = await fetch(`${sandbox.url}/_sandbox/records/leads`);
    expect(JSON.stringify(await answer.json())).toContain('zoe@example.com');
    expect(sandbox.records('leads')).toMatchObject([
      {
        from: 'zena@office.example',
        to: 'leads@agent.example',
        subject: 'New lead: Zoë “Zed” <b>&',
        messageId: '<zena-1@x>',
        lead_information_version: '1.0',
        lead_name: 'Zoë “Zed” <b>&',
        lead_email: 'zoe@example.com',
        lead_type: 'Buyer',
        lead_message: expect.stringMatching(/^\. Long\. .*Long\.$/),
      },
    ]);
  } finally {
    await sandbox.close();
  }
});

it('says on every answer that its contract is assumed', async () => {
  const sandbox = await startTopProducerSandbox();
  try {
    for (const headers of [{}, { authorization: 'Bearer sandbox-key' }]) {
      const answer = await fetch(`${sandbox.url}/v3/account`, { headers });
      expect(answer.headers.get('x-contract')).toBe('assumed contract');
    }
  } finally {
    await sandbox.close();
  }
});
