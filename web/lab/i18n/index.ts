/** The Lab's texts in the language the reader chose. Keys are `topic.name`, placeholders `{name}`. */
import { createSignal } from 'solid-js';
import { galleryTexts as galleryEnglish } from './en/gallery.js';
import { interfaceTexts as interfaceEnglish } from './en/interface.js';
import { lessonTexts as lessonsEnglish } from './en/lessons.js';
import { galleryTexts as galleryChinese } from './zh-cn/gallery.js';
import { interfaceTexts as interfaceChinese } from './zh-cn/interface.js';
import { lessonTexts as lessonsChinese } from './zh-cn/lessons.js';

export type Language = 'en' | 'zh-CN';
export type TextValues = Readonly<Record<string, string | number>>;

const ENGLISH = { ...interfaceEnglish, ...lessonsEnglish, ...galleryEnglish };
const CHINESE: Record<TextKey, string> = { ...interfaceChinese, ...lessonsChinese, ...galleryChinese };

export type TextKey = keyof typeof ENGLISH;

const STORAGE_KEY = 'quoin-lab-language';

/** A page without storage (a sandboxed frame) forgets the choice, and works. */
function remembered(): Language {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    if (stored === 'en' || stored === 'zh-CN') return stored;
    return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  } catch {
    return 'en';
  }
}

const [language, setLanguageSignal] = createSignal<Language>(remembered());
export { language };

export function setLanguage(next: Language): void {
  setLanguageSignal(next);
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Remembered for this page only.
  }
}

/** The text of a key in the chosen language, its placeholders filled. Reactive where it is called from a component. */
export function t(key: TextKey, values?: TextValues): string {
  return textIn(language(), key, values);
}

export function textIn(inLanguage: Language, key: TextKey, values?: TextValues): string {
  const text: string = (inLanguage === 'en' ? ENGLISH : CHINESE)[key];
  if (values === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
