/** Both languages say everything, with the same placeholders, and no card says too much at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { galleryTexts as galleryEnglish } from './en/gallery.js';
import { interfaceTexts as interfaceEnglish } from './en/interface.js';
import { lessonTexts as lessonsEnglish } from './en/lessons.js';
import { galleryTexts as galleryChinese } from './zh-cn/gallery.js';
import { interfaceTexts as interfaceChinese } from './zh-cn/interface.js';
import { lessonTexts as lessonsChinese } from './zh-cn/lessons.js';

const DICTIONARIES: readonly [string, Record<string, string>, Record<string, string>][] = [
  ['interface', interfaceEnglish, interfaceChinese],
  ['lessons', lessonsEnglish, lessonsChinese],
  ['gallery', galleryEnglish, galleryChinese],
];

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();
const words = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
const ideographs = (text: string): number => (text.match(/\p{Script=Han}/gu) ?? []).length;

for (const [name, english, chinese] of DICTIONARIES) {
  test(`the ${name} texts have the same keys in both languages, and none is empty`, () => {
    assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
    for (const [key, text] of [...Object.entries(english), ...Object.entries(chinese)]) {
      assert.ok(text.trim().length > 0, `${key} is empty`);
    }
  });

  test(`the ${name} texts name the same values in both languages`, () => {
    for (const [key, text] of Object.entries(english)) {
      assert.deepEqual(placeholders(chinese[key]!), placeholders(text), key);
    }
  });
}

test('no key is in two dictionaries', () => {
  const keys = DICTIONARIES.flatMap(([, english]) => Object.keys(english));
  assert.deepEqual(keys.length, new Set(keys).size);
});

test('a card says at most 60 words at a time, a panel too', () => {
  const english: Record<string, string> = lessonsEnglish;
  const chinese: Record<string, string> = lessonsChinese;
  for (const key of Object.keys(english)) {
    if (key.endsWith('.panel')) {
      assert.ok(words(english[key]!) <= 60, `${key} has ${words(english[key]!)} words`);
      assert.ok(ideographs(chinese[key]!) <= 120, `${key} has ${ideographs(chinese[key]!)} ideographs`);
    }
    if (!key.endsWith('.before')) continue;
    const card = key.slice(0, -'.before'.length);
    const [inEnglish, inChinese] = [english, chinese].map((texts) =>
      ['before', 'control', 'why'].map((part) => texts[`${card}.${part}`] ?? '').join(' '),
    );
    assert.ok(words(inEnglish!) <= 60, `${card} has ${words(inEnglish!)} words`);
    assert.ok(ideographs(inChinese!) <= 120, `${card} has ${ideographs(inChinese!)} ideographs`);
  }
});
