import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { Answer } from '../api/problem.ts';
import { after, type Loadable, LOADING } from './loadable.ts';

/**
 * Loads something when the component appears and whenever `key` changes; an answer that came too late is dropped. Reloading
 * keeps what is shown until the new answer is there.
 */
export function useLoaded<T>(
  key: string,
  load: () => Promise<Answer<T>>,
): { readonly loaded: Loadable<T>; readonly reload: () => void } {
  const loaded = useSignal<{ readonly key: string; readonly what: Loadable<T> }>({ key, what: LOADING });
  const asked = useRef(0);
  const run = useCallback(() => {
    const turn = (asked.current += 1);
    void load().then((answer) => {
      if (turn !== asked.current) return;
      const before = loaded.peek();
      loaded.value = { key, what: after(before.key === key ? before.what : LOADING, answer) };
    });
  }, [key]);
  useEffect(() => {
    run();
    return () => {
      asked.current += 1;
    };
  }, [run]);
  return { loaded: loaded.value.key === key ? loaded.value.what : LOADING, reload: run };
}
