// How this person likes the screen: kept in this browser, applied to <html>. public/display.js does the same before
// the first paint.
import { reactive, watch } from 'vue';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'zh' | 'en';

const KEY = 'linli.display';

export const display = reactive({
  theme: 'system' as Theme,
  large: false,
  language: 'zh' as Language,
  shortcuts: true,
  sound: true, // an emergency is heard
  notify: false, // and the system shows it; the browser asks the person first
});

export function loadDisplay(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (['system', 'light', 'dark'].includes(kept.theme)) display.theme = kept.theme;
    if (['zh', 'en'].includes(kept.language)) display.language = kept.language;
    if (typeof kept.large === 'boolean') display.large = kept.large;
    for (const choice of ['shortcuts', 'sound', 'notify'] as const) {
      if (typeof kept[choice] === 'boolean') display[choice] = kept[choice];
    }
  } catch {
    // Nothing kept, or nothing readable: the defaults.
  }
  const systemDark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const root = document.documentElement;
    root.classList.toggle('dark', display.theme === 'dark' || (display.theme === 'system' && systemDark.matches));
    root.classList.toggle('elder', display.large);
    root.lang = display.language === 'zh' ? 'zh-CN' : 'en';
  };
  systemDark.addEventListener('change', apply);
  watch(
    display,
    () => {
      apply();
      try {
        localStorage.setItem(KEY, JSON.stringify(display));
      } catch {
        // A browser that keeps nothing: the choice holds until the page is closed.
      }
    },
    { immediate: true },
  );
}
