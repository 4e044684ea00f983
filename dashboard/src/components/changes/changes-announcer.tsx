import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { crmName } from '../../state/connections.ts';
import { isPaused, latestChange } from '../../state/changes.ts';
import { changeWords } from '../../words/change-words.ts';
import { count } from '../../words/duration.ts';

/** A busy office changes something every second: nobody wants to hear each. */
const EVERY_MS = 15_000;

/** Tells screen readers now and then what has come. */
export function ChangesAnnouncer() {
  const words = useSignal('');
  useEffect(() => {
    let many = -1;
    const stop = latestChange.subscribe(() => {
      if (!isPaused.peek()) many += 1;
    });
    const timer = setInterval(() => {
      const latest = latestChange.peek();
      if (many <= 0 || latest === null) return;
      const what = changeWords(latest, crmName(latest.provider)).text;
      words.value = `${count(many, 'new change')}. The latest: ${latest.title}, ${what}.`;
      many = 0;
    }, EVERY_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  return (
    <p class="only-heard" aria-live="polite">
      {words}
    </p>
  );
}
