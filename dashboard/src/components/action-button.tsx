import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';

interface ActionButtonProps {
  readonly children: ComponentChildren;
  readonly act: () => Promise<unknown>;
  readonly look?: 'primary' | 'danger' | 'plain';
}

/** A button that starts something and can't start it twice. It stays focusable meanwhile, so that nobody loses their place. */
export function ActionButton({ children, act, look = 'plain' }: ActionButtonProps) {
  const isBusy = useSignal(false);
  const onClick = () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    void act().finally(() => {
      isBusy.value = false;
    });
  };
  return (
    <button type="button" class="button" data-look={look} aria-disabled={isBusy.value} onClick={onClick}>
      {children}
    </button>
  );
}
