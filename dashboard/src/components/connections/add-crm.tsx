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
        {providers.map(({ id, name, available }) => (
          <li class="tile" key={id} data-available={available}>
            <span class="monogram" aria-hidden="true">
              {name.slice(0, 1).toUpperCase()}
            </span>
            <span class="tile-name">{name}</span>
            {available ? (
              <a class="button" data-look="primary" href={connectHref(id)}>
                Connect<span class="only-heard"> {name}</span>
              </a>
            ) : (
              <span class="coming">Coming</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
