import type { Provider } from '../../api/types.ts';
import { connectHref } from '../../state/route.ts';

interface AddCrmProps {
  readonly providers: readonly Provider[];
  /** Nothing is connected yet: then this is all that the page is about. */
  readonly isFirst: boolean;
}

/** The CRMs that are not connected: those that can be, and those to come. */
export function AddCrm({ providers, isFirst }: AddCrmProps) {
  if (providers.length === 0) return null;
  return (
    <section class="add-crm" aria-labelledby="add-crm">
      <h2 id="add-crm">{isFirst ? 'Choose yours' : 'Add another CRM'}</h2>
      <ul class="tiles">
        {providers.map(({ id, name, available, unavailableReason, capabilities }) => (
          <li class="tile" key={id} data-available={available}>
            <span class="monogram" aria-hidden="true">
              {name.slice(0, 1).toUpperCase()}
            </span>
            <span class="tile-name">
              {name}
              {!available && capabilities !== null && unavailableReason !== null && (
                <small class="tile-reason">{unavailableReason}</small>
              )}
            </span>
            {available ? (
              <a class="button" data-look="primary" href={connectHref(id)}>
                Connect<span class="only-heard"> {name}</span>
              </a>
            ) : (
              /* Its connector says what it can do also while it lacks a setting. */
              <span class="coming">{capabilities === null ? 'Coming' : 'Not set up here'}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
