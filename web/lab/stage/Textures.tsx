/** Patterns for what is paused, and for terms that share a colour with an earlier one. */
import type { JSX } from 'solid-js';

export function Textures(): JSX.Element {
  return (
    <defs>
      <pattern
        id="texture-paused"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <path class="texture-line" d="M0 0V6" stroke-width="3" />
      </pattern>
      <pattern id="texture-1" width="5" height="5" patternUnits="userSpaceOnUse">
        <circle class="texture-dot" cx="2.5" cy="2.5" r="1" />
      </pattern>
      <pattern id="texture-2" width="5" height="5" patternUnits="userSpaceOnUse">
        <path class="texture-line" d="M0 2.5H5" stroke-width="1" />
      </pattern>
    </defs>
  );
}
