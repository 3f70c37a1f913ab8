/** A list of names and values. Rows are kept by their place, because a playing run changes the values at every event. */
import { Index, type JSX } from 'solid-js';

export interface Field {
  readonly name: string;
  readonly value: string | number;
}

export function Fields(props: { readonly fields: readonly Field[] }): JSX.Element {
  return (
    <dl class="fields">
      <Index each={props.fields}>
        {(field) => (
          <>
            <dt>{field().name}</dt>
            <dd>{field().value}</dd>
          </>
        )}
      </Index>
    </dl>
  );
}
