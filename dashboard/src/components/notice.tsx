import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/problem.ts';
import type { Tone } from '../words/tone.ts';

interface NoticeProps {
  readonly tone: Tone;
  readonly children: ComponentChildren;
  /** `alert` interrupts a screen reader, `status` waits for a pause; by default it is only there to be read. */
  readonly role?: 'alert' | 'status';
}

export function Notice({ tone, children, role }: NoticeProps) {
  return (
    <div class="notice" data-tone={tone} {...(role !== undefined && { role })}>
      {children}
    </div>
  );
}

interface ProblemNoticeProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

/** What went wrong, in the service's words, and where to read more. */
export function ProblemNotice({ problem, onRetry }: ProblemNoticeProps) {
  return (
    <Notice tone="bad" role="alert">
      <p>{problem.detail}</p>
      {(problem.page !== null || onRetry !== undefined) && (
        <p class="notice-actions">
          {onRetry !== undefined && (
            <button type="button" class="button" onClick={onRetry}>
              Try again
            </button>
          )}
          {problem.page !== null && (
            <a href={problem.page} target="_blank" rel="noopener">
              What does this mean?
            </a>
          )}
        </p>
      )}
    </Notice>
  );
}
