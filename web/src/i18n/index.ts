// Words by language, one file a feature; a language is loaded when it is first needed.
import { createI18n } from 'vue-i18n';
import { speak } from '@/api/client';
import type { Language } from '@/ui/display';

export const i18n = createI18n<false>({ legacy: false, locale: 'zh' });

const sources = {
  zh: () => import('./zh'),
  en: () => import('./en'),
};

const loaded = new Set<Language>();

export async function setLanguage(language: Language): Promise<void> {
  if (!loaded.has(language)) {
    const { default: words } = await sources[language]();
    i18n.global.setLocaleMessage(language, words);
    loaded.add(language);
  }
  i18n.global.locale.value = language;
  speak(language);
}
