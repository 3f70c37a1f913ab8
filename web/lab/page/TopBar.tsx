/** Name, what can be opened, language and colours. */
import { For, type JSX } from 'solid-js';
import { type Language, language, setLanguage, t } from '../i18n/index.js';
import { setTheme, type Theme, theme } from '../theme/theme.js';

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'EN'],
  ['zh-CN', '中文'],
];
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function TopBar(props: {
  readonly onNew: () => void;
  readonly onGallery: () => void;
  readonly onHelp: () => void;
  readonly share: JSX.Element;
}): JSX.Element {
  return (
    <header class="top-bar">
      <svg class="mark-sign" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" />
        <circle cx="8" cy="8" r="4" />
      </svg>
      <h1>{t('page.title')}</h1>
      <span class="top-subtitle quiet small">{t('page.subtitle')}</span>
      <span class="top-space" />
      <button type="button" data-testid="open-gallery" onClick={() => props.onGallery()}>
        {t('page.gallery')}
      </button>
      <button type="button" data-testid="open-new" onClick={() => props.onNew()}>
        {t('page.new')}
      </button>
      {props.share}
      <fieldset class="switch" aria-label={t('page.language')}>
        <For each={LANGUAGES}>
          {([code, name]) => (
            <button
              type="button"
              lang={code}
              aria-pressed={language() === code}
              data-testid={`language-${code}`}
              onClick={() => setLanguage(code)}
            >
              {name}
            </button>
          )}
        </For>
      </fieldset>
      <label class="row">
        <span class="visually-hidden">{t('page.theme')}</span>
        <select data-testid="theme" onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          <For each={THEMES}>
            {(choice) => (
              <option value={choice} selected={theme() === choice}>
                {t(`page.theme-${choice}`)}
              </option>
            )}
          </For>
        </select>
      </label>
      <button
        type="button"
        aria-label={t('page.help')}
        data-testid="open-help"
        onClick={() => props.onHelp()}
      >
        ?
      </button>
    </header>
  );
}
