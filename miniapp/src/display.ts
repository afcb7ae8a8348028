// How large and in which language the reader wants it. Dark or light follows the phone.
import { reactive, watch } from 'vue';
import { remember, remembered } from './store';

export const sizes = [17, 20, 24, 30] as const; // px of the text; from 20 on it is 长辈版
export type Size = (typeof sizes)[number];
export type Language = 'zh' | 'en';

export function choose(kept: { size?: unknown; language?: unknown }, phone: { locale: string; scale: number }) {
  const size = sizes.find((one) => one === kept.size) ?? (phone.scale >= 1.2 ? 20 : 17);
  const language: Language =
    kept.language === 'zh' || kept.language === 'en' ? kept.language : /^en/i.test(phone.locale) ? 'en' : 'zh';
  return { size: size as Size, language };
}

function askPhone() {
  let locale = 'zh';
  let scale = 1;
  try {
    locale = uni.getLocale();
    // #ifdef MP-WEIXIN
    scale = (uni.getAppBaseInfo() as { fontSizeScaleFactor?: number }).fontSizeScaleFactor ?? 1;
    // #endif
  } catch {
    // An old phone: as if it had said nothing.
  }
  return { locale, scale };
}

export const display = reactive(choose(remembered('display', {}), askPhone()));
export const isElder = () => display.size >= 20;

watch(display, () => {
  remember('display', { ...display });
  mark();
});

// For the browser: the page's language, and the ground behind a page that is shorter than the window.
export function mark(): void {
  // #ifdef H5
  document.documentElement.lang = display.language === 'zh' ? 'zh-CN' : 'en';
  // #endif
}
