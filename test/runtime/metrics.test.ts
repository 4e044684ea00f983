import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/runtime/metrics.ts';

const provider = ['mri_vault'];
const plain = () => createMetrics({ processMetrics: false, labels: { provider } });

describe('the metrics', () => {
  it('count and time what happened', async () => {
    const metrics = plain();
    metrics.event('contact', 'accepted');
    metrics.event('contact', 'accepted');
    metrics.crmCall('mri_vault', 'create', 'applied', 0.2);
    metrics.deadLetter('deliver', 'gone_again');
    metrics.breakers('mri_vault', { closed: 3, open: 1, half_open: 0 });
    metrics.dueLinks(12);
    metrics.backlogAge(1.5);
    metrics.eventToCrm(0.3);
    metrics.rateWait('mri_vault', 0.02);
    metrics.run('completed');
    const text = await metrics.render();
    for (const line of [
      'crm_sync_events_total{entity="contact",outcome="accepted"} 2',
      'crm_sync_crm_calls_total{provider="mri_vault",verb="create",outcome="applied"} 1',
      'crm_sync_crm_call_seconds_count{provider="mri_vault",verb="create"} 1',
      'crm_sync_dead_letters_total{kind="deliver",code="GONE_AGAIN"} 1',
      'crm_sync_breaker_state{provider="mri_vault",state="open"} 1',
      'crm_sync_due_links 12',
      'crm_sync_backlog_age_seconds 1.5',
      'crm_sync_event_to_crm_seconds_count 1',
      'crm_sync_rate_wait_seconds_count{provider="mri_vault"} 1',
      'crm_sync_runs_total{status="completed"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('count sealings by the keys of the configuration, and no other value makes a label', async () => {
    const metrics = createMetrics({ processMetrics: false, labels: { keyId: ['00ff', '11ee'] } });
    metrics.sealing('00ff');
    metrics.sealing('00ff');
    for (const foreign of ['22dd', '33cc', 'x'.repeat(900)]) metrics.sealing(foreign);
    const text = await metrics.render();
    const lines = text.split('\n').filter((line) => line.startsWith('crm_sync_sealings_total{'));
    expect(lines).toEqual([
      'crm_sync_sealings_total{key_id="00ff"} 2',
      'crm_sync_sealings_total{key_id="other"} 3',
    ]);
  });

  it('show the counters that must stay 0 from the start', async () => {
    const text = await plain().render();
    for (const name of ['repaired_links_total', 'stray_remotes_total', 'dropped_log_fields_total']) {
      expect(text).toContain(`crm_sync_${name} 0`);
    }
  });

  it('never grow with what they are given', async () => {
    const metrics = plain();
    for (let index = 0; index < 500; index++) {
      const odd = `user-${index}"\n`;
      metrics.event(odd, odd);
      metrics.crmCall(odd, odd, odd, 1);
      metrics.rateWait(odd, 1);
      metrics.deadLetter(odd, odd);
      metrics.run(odd);
      metrics.breakers(odd, { closed: 1, open: 0, half_open: 0 });
    }
    const text = await metrics.render();
    expect(text).not.toContain('user-');
    expect(text).toContain('crm_sync_events_total{entity="other",outcome="other"} 500');
    expect(text.split('\n').length).toBeLessThan(150);
  });

  it('know a label in any spelling, and those that the program adds', async () => {
    const metrics = createMetrics({
      processMetrics: false,
      labels: { provider, deadLetterCode: ['SCHEMA_GONE'] },
    });
    metrics.crmCall('mri-vault', 'find', 'rate-limited', 1);
    metrics.deadLetter('decode', 'schema_gone');
    const text = await metrics.render();
    expect(text).toContain('{provider="mri_vault",verb="find",outcome="rate_limited"} 1');
    expect(text).toContain('{kind="decode",code="SCHEMA_GONE"} 1');
  });

  it('stand a clock that was set back', async () => {
    const metrics = plain();
    metrics.eventToCrm(-3_600);
    metrics.crmCall('mri_vault', 'get', 'found', Number.NaN);
    expect(await metrics.render()).toContain('crm_sync_event_to_crm_seconds_sum 0');
  });

  it('are of their own in every instance, with those of the process', async () => {
    const [one, other] = [createMetrics(), plain()];
    one.dueLinks(5);
    expect(await one.render()).toContain('process_cpu_user_seconds_total');
    expect(await other.render()).toContain('crm_sync_due_links 0');
    expect(one.contentType).toContain('text/plain');
  });
});
