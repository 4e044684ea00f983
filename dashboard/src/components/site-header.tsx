import { route } from '../state/route.ts';
import { signOut } from '../state/sign-in.ts';
import { ActionButton } from './action-button.tsx';

const PAGES = [
  { href: '#/', label: 'Overview', pages: ['overview', 'connect'] },
  { href: '#/records', label: 'Records', pages: ['records', 'record'] },
] as const;

export function SiteHeader() {
  const { page } = route.value;
  return (
    <header class="site-header">
      <div class="site-header-inner">
        <Brand />
        <nav aria-label="Pages">
          <ul class="nav">
            {PAGES.map(({ href, label, pages }) => (
              <li key={href}>
                <a href={href} aria-current={pages.some((one) => one === page) ? 'page' : undefined}>
                  {label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <ActionButton act={signOut}>Sign out</ActionButton>
      </div>
    </header>
  );
}

export function Brand() {
  return (
    <p class="brand">
      <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect class="brand-ground" width="32" height="32" rx="9" />
        <path class="brand-letter" d="M10 11h12l-12 10h12" />
      </svg>
      <span>
        Zena <span class="brand-part">CRM Sync</span>
      </span>
    </p>
  );
}
