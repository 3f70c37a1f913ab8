/** Light, dark or as the system has it; the choice is remembered and shown as an attribute of the root element. */
import { createEffect, createRoot, createSignal } from 'solid-js';

export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'quoin-lab-theme';

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

const [theme, setThemeSignal] = createSignal<Theme>(remembered());
export { theme };

export function setTheme(next: Theme): void {
  setThemeSignal(next);
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Remembered for this page only.
  }
}

/** Whether the page is dark now, whoever decided it. */
export function isDark(): boolean {
  return theme() === 'system' ? systemDark() : theme() === 'dark';
}

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const [systemDark, setSystemDark] = createSignal(darkQuery.matches);
darkQuery.addEventListener('change', () => setSystemDark(darkQuery.matches));

const motionQuery = matchMedia('(prefers-reduced-motion: reduce)');
const [reducedMotion, setReducedMotion] = createSignal(motionQuery.matches);
motionQuery.addEventListener('change', () => setReducedMotion(motionQuery.matches));
export { reducedMotion };

/** Keeps the root element's attribute equal to the choice. */
export function followTheme(): void {
  createRoot(() =>
    createEffect(() => document.documentElement.setAttribute('data-theme', isDark() ? 'dark' : 'light')),
  );
}
